using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tracker.Storage.Statistics;

namespace Tracker.Importer.Care;

/// <summary>Writes calls as CSV (RFC 4180) or as lines of JSON, page by page.</summary>
internal static class CallWriter
{
    public static void Write(Stream stream, bool asCsv, IEnumerable<IReadOnlyList<Call>> pages)
    {
        if (asCsv)
        {
            WriteCsv(stream, pages);
        }
        else
        {
            WriteJsonLines(stream, pages);
        }
    }

    private static void WriteCsv(Stream stream, IEnumerable<IReadOnlyList<Call>> pages)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\r\n" };
        writer.WriteLine(string.Join(',', CallColumn.All.Select(column => column.Name)));
        foreach (var call in pages.SelectMany(page => page))
        {
            for (var i = 0; i < CallColumn.All.Count; i++)
            {
                writer.Write(i == 0 ? "" : ",");
                writer.Write(Csv.Field(CallColumn.All[i].Of(call)));
            }

            writer.WriteLine();
        }
    }

    private static void WriteJsonLines(Stream stream, IEnumerable<IReadOnlyList<Call>> pages)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }); // Never within HTML.
        foreach (var page in pages)
        {
            foreach (var call in page)
            {
                json.WriteStartObject();
                foreach (var column in CallColumn.All)
                {
                    WriteMember(json, column.Name, column.Of(call));
                }

                json.WriteEndObject();
                json.Flush();
                stream.WriteByte((byte)'\n');
                json.Reset();
            }
        }
    }

    private static void WriteMember(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case decimal number:
                json.WriteNumber(name, number);
                break;
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            default:
                json.WriteString(name, Csv.Text(value));
                break;
        }
    }
}
