using System.Globalization;

namespace Tracker.Storage.Statistics;

/// <summary>Values as a spreadsheet reads them (RFC 4180).</summary>
public static class Csv
{
    // What a spreadsheet would take for a formula (owasp.org/www-community/attacks/CSV_Injection, seen 2026-11). Names come from the network; numbers are ours, and stay numbers.
    private const string FormulaStarts = "=+-@\t\r";

    /// <summary>A field of a line; empty for what is unknown.</summary>
    public static string Field(object? value)
    {
        if (value is not string { Length: > 0 } text)
        {
            return Text(value);
        }

        text = FormulaStarts.Contains(text[0], StringComparison.Ordinal) ? "'" + text : text;
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    /// <summary>The same without what only a line of CSV needs.</summary>
    public static string Text(object? value) => value switch
    {
        null => "",
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        decimal number => number.ToString("0.#########", CultureInfo.InvariantCulture),
        double share => share.ToString("0.######", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
