using System.Globalization;
using System.Text;
using System.Text.Json;
using Tracker.Storage.Hosting;
using Tracker.Storage.Statistics;

namespace Tracker.Proxy.Statistics;

/// <summary>A report's rows: a table for people, CSV for spreadsheets, JSON for programs. A null is unknown in all of them.</summary>
/// <param name="list">What the rows are: the name of their list in JSON.</param>
/// <param name="columns">Their columns.</param>
internal sealed class ReportTable(string list, IReadOnlyList<ReportColumn> columns)
{
    private readonly List<object?[]> _rows = [];

    /// <summary>What <c>?format=line</c> says, for a status line.</summary>
    public required Func<string> Line { get; init; }

    /// <summary>How the next page is asked for; null when there is none.</summary>
    public string? Next { get; init; }

    public int Count => _rows.Count;

    /// <param name="values">One for each column: a string, a long, a double, a <see cref="DateTimeOffset"/>, a bool or null.</param>
    public void Add(params object?[] values)
    {
        if (values.Length != columns.Count)
        {
            throw new ArgumentException($"{list} has {columns.Count} columns, not {values.Length}.", nameof(values));
        }

        _rows.Add(values);
    }

    /// <summary>What a column is in JSON. A cost is there twice: whole, to be added up, and in dollars.</summary>
    public static IEnumerable<(string Name, ColumnKind Kind, string Unit)> MembersOf(ReportColumn column) => column.Kind == ColumnKind.Money
        ? [(column.Name + "_nano_usd", ColumnKind.Count, " (billionths of a US dollar)"), (column.Name + "_usd", ColumnKind.Money, " (US dollars)")]
        : [(column.Name, column.Kind, "")];

    /// <summary>A cost in dollars, to the hundredth of a cent: for people. A single call may cost less.</summary>
    public static string Usd(long nanoUsd) => (nanoUsd / 1_000_000_000m).ToString("0.0000", CultureInfo.InvariantCulture);

    /// <param name="zone">Whose clock times are shown by.</param>
    public string ToText(TimeZoneInfo zone)
    {
        var shown = Shown();
        var lines = _rows.Select(row => shown.Select(index => ForTerminal(Text(columns[index].Kind, row[index], zone))).ToArray())
            .Prepend([.. shown.Select(index => columns[index].Heading)]).ToList();
        var widths = shown.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            for (var column = 0; column < line.Length; column++)
            {
                text.Append(columns[shown[column]].Kind is ColumnKind.Text or ColumnKind.Time ? line[column].PadRight(widths[column]) : line[column].PadLeft(widths[column]));
                text.Append(column == line.Length - 1 ? "" : "  ");
            }

            while (text.Length > 0 && text[^1] == ' ')
            {
                text.Length--;
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    public string ToCsv()
    {
        var shown = Shown();
        var text = new StringBuilder();
        text.AppendJoin(',', shown.Select(index => Csv.Field(columns[index].Heading))).Append("\r\n");
        foreach (var row in _rows)
        {
            text.AppendJoin(',', shown.Select(index => Field(columns[index].Kind, row[index]))).Append("\r\n");
        }

        return text.ToString();
    }

    /// <summary>Writes the list and, where there is one, the next page, as members of an object that is begun.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartArray(list);
        foreach (var row in _rows)
        {
            json.WriteStartObject();
            WriteMembers(json, row, group: null);
            foreach (var group in columns.Select(column => column.Group).OfType<string>().Distinct())
            {
                json.WriteStartObject(group);
                WriteMembers(json, row, group);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (Next is not null)
        {
            json.WriteString("next", Next);
        }
    }

    private void WriteMembers(Utf8JsonWriter json, object?[] row, string? group)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (columns[i].Group == group)
            {
                Write(json, columns[i], row[i]);
            }
        }
    }

    private static void Write(Utf8JsonWriter json, ReportColumn column, object? value)
    {
        foreach (var (name, kind, _) in MembersOf(column))
        {
            WriteValue(json, name, kind == ColumnKind.Money && value is long nanoUsd ? nanoUsd / 1_000_000_000m : value);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case double number:
                json.WriteNumber(name, Math.Round(number, 6));
                break;
            case decimal number:
                json.WriteNumber(name, number);
                break;
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            case DateTimeOffset time:
                json.WriteString(name, time.UtcDateTime);
                break;
            default:
                json.WriteString(name, value.ToString());
                break;
        }
    }

    private int[] Shown() => [.. Enumerable.Range(0, columns.Count).Where(index => !columns[index].OnlyJson)];

    private static string Text(ColumnKind kind, object? value, TimeZoneInfo zone) => value switch
    {
        null => kind is ColumnKind.Count or ColumnKind.Share ? "-" : "?",
        double share => share.ToString("0.0 %", CultureInfo.InvariantCulture),
        long nanoUsd when kind == ColumnKind.Money => Usd(nanoUsd),
        DateTimeOffset time => TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        string name => name,
        _ => Field(kind, value),
    };

    // Whole in money, for it is added up.
    private static string Field(ColumnKind kind, object? value) =>
        kind == ColumnKind.Money && value is long nanoUsd ? (nanoUsd / 1_000_000_000m).ToString("0.000000000", CultureInfo.InvariantCulture) : Csv.Field(value);

    private static string ForTerminal(string text) => text.Length == 0 ? "?" : TerminalText.OfValue(text);
}
