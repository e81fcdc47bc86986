using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Statistics;

/// <summary><c>/stats/…</c>: what was used and what it cost, for people, scripts, status lines and the dashboard.</summary>
internal static class StatisticsEndpoints
{
    public static void MapStatistics(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/stats/openapi.json", OwnPages.Methods, (Reports reports) => Results.Bytes(OpenApiDocument.Of([.. reports.All, CallReports.Detail, Reports.SessionDetail]), "application/json"));
        endpoints.MapMethods("/stats/requests/{id}", OwnPages.Methods, (HttpRequest request, string id, CallReports calls, ReportThreads threads, TimeProvider time) => threads.ReportAsync(request.HttpContext, () => Answer(request, time, CallReports.Detail, _ =>
            long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? calls.Find(number) : null)));
        endpoints.MapMethods("/stats/sessions/{id}", OwnPages.Methods, (HttpRequest request, string id, Reports reports, ReportThreads threads, TimeProvider time) => threads.ReportAsync(request.HttpContext, () => Answer(request, time, Reports.SessionDetail, _ =>
            // The one character that a path keeps encoded.
            reports.FindSession(id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)))));
        endpoints.MapMethods("/stats/{name}", OwnPages.Methods, (HttpRequest request, string name, Reports reports, ReportThreads threads, TimeProvider time) =>
            threads.ReportAsync(request.HttpContext, () => reports.Find(name) is { } report ? Answer(request, time, report, report.Run) : NotFound(reports, name)));
        endpoints.MapMethods("/stats", OwnPages.Methods, (Reports reports) => Results.Text(ListOf(reports)));
        endpoints.MapMethods("/stats/{name}/{**rest}", OwnPages.Methods, (Reports reports, string name, string rest) => NotFound(reports, $"{name}/{rest}"));
    }

    private static IResult NotFound(Reports reports, string name) => Results.Text($"There is no report '{TerminalText.OfValue(name)}'. {ListOf(reports)}", statusCode: StatusCodes.Status404NotFound);

    private static string ListOf(Reports reports) =>
        "There are these reports, each with the period that it is about when none is given:\n\n"
        + string.Concat(reports.All.Select(report => $"  /stats/{report.Name,-10} {report.UsualPeriod,-5} {report.Summary}\n"))
        + "\n  /stats/requests/<id>, /stats/sessions/<id>, /stats/openapi.json\n";

    private static IResult Answer(HttpRequest request, TimeProvider time, Report report, Func<ReportRequest, IReadOnlyList<ReportTable>?> run)
    {
        if (ReportFormats.Of(request) is not { } format)
        {
            return Results.Text("format must be json, csv, text or line.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        try
        {
            var asked = ReportRequest.Read(request.Query, report.KnownParameters, report.UsualPeriod, time.GetUtcNow());
            return run(asked) is { } tables ? Write(format, asked, tables) : Results.Text("There is no such entry. Of calls that were pruned only the sums are kept.\n", statusCode: StatusCodes.Status404NotFound);
        }
        catch (ReportRequestException exception)
        {
            return Results.Text(TerminalText.Of(exception.Message) + "\n", statusCode: StatusCodes.Status400BadRequest);
        }
        catch (Exception exception) when (exception is SqliteException or StorageException)
        {
            return Results.Text($"The database cannot be read: {exception.Message}\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult Write(ReportFormat format, ReportRequest asked, IReadOnlyList<ReportTable> tables) => format switch
    {
        ReportFormat.Json => Results.Bytes(Json(asked, tables), "application/json"),
        // Without a charset some take text for ISO-8859-1 (Python's requests).
        ReportFormat.Csv => Results.Text(tables[0].ToCsv(), "text/csv; charset=utf-8"),
        ReportFormat.Line => Results.Text(TerminalText.Of(tables[0].Line()) + "\n"),
        _ => Results.Text(string.Join('\n', tables.Where((table, index) => index == 0 || table.Count > 0).Select(table => table.ToText(asked.Zone)))),
    };

    private static byte[] Json(ReportRequest asked, IReadOnlyList<ReportTable> tables)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("generated_at", asked.Now.UtcDateTime);
            json.WriteString("time_zone", asked.Zone.Id);
            WriteBound(json, "from", asked.Filter.From, open: DateTimeOffset.MinValue);
            WriteBound(json, "to", asked.Filter.To, open: DateTimeOffset.MaxValue);
            foreach (var table in tables)
            {
                table.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteBound(Utf8JsonWriter json, string name, DateTimeOffset bound, DateTimeOffset open)
    {
        if (bound == open)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteString(name, bound.UtcDateTime);
        }
    }
}
