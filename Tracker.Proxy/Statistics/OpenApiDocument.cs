using System.Buffers;
using System.Text.Json;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Statistics;

/// <summary>The reports as an OpenAPI document, made from the same list that answers them.</summary>
internal static class OpenApiDocument
{
    public static byte[] Of(IReadOnlyList<Report> reports)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("openapi", "3.1.0");
            json.WriteStartObject("info");
            json.WriteString("title", "Tracker's statistics");
            json.WriteString("version", TrackerVersion.Text);
            json.WriteString("description", "What model calls used and cost. Costs are at list prices; null is unknown, never 0. A report without the calls it is asked for is empty.");
            json.WriteEndObject();
            json.WriteStartObject("paths");
            foreach (var report in reports)
            {
                WritePath(json, $"/stats/{report.Name}", report.Summary, pathParameter: null, report.KnownParameters, report.UsualPeriod);
            }

            WritePath(json, "/stats/requests/{id}", "All that is stored of one call", "id", Report.OfFormat);
            WritePath(json, "/stats/sessions/{id}", "One session: its agents by model, and its tools", "id", Report.OfFormat);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WritePath(Utf8JsonWriter json, string path, string summary, string? pathParameter, IEnumerable<string> parameters, string? usualPeriod = null)
    {
        json.WriteStartObject(path);
        json.WriteStartObject("get");
        json.WriteString("summary", summary);
        json.WriteStartArray("parameters");
        if (pathParameter is not null)
        {
            WriteParameter(json, pathParameter, "path", "Its id");
        }

        foreach (var name in parameters)
        {
            // In words: as the schema's default it would be sent together with from and to, which exclude it.
            var usual = name == "period" && usualPeriod is not null ? $"; {usualPeriod} when no time is given" : "";
            WriteParameter(json, name, "query", (Report.CommonParameters.GetValueOrDefault(name) ?? Report.OtherParameters[name]) + usual);
        }

        json.WriteEndArray();
        json.WriteStartObject("responses");
        WriteResponse(json, "200", "The report, as text unless JSON, CSV or a line is asked for", ["application/json", "text/plain", "text/csv"]);
        WriteResponse(json, "400", "A parameter is wrong; the text names it", ["text/plain"]);
        if (pathParameter is not null)
        {
            WriteResponse(json, "404", "There is no such entry, or only its sums are kept", ["text/plain"]);
        }

        WriteResponse(json, "503", "The database cannot be read; the text says why", ["text/plain"]);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteParameter(Utf8JsonWriter json, string name, string place, string description)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("in", place);
        json.WriteBoolean("required", place == "path");
        json.WriteString("description", description);
        json.WriteStartObject("schema");
        json.WriteString("type", "string");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteResponse(Utf8JsonWriter json, string status, string description, IEnumerable<string> types)
    {
        json.WriteStartObject(status);
        json.WriteString("description", description);
        json.WriteStartObject("content");
        foreach (var type in types)
        {
            json.WriteStartObject(type);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
