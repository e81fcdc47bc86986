using System.Globalization;
using System.Text;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Statistics;

/// <summary>Rows of totals as a table for people or as CSV for spreadsheets.</summary>
internal sealed class ReportTable(IReadOnlyList<string> labels)
{
    private static readonly string[] Sums = ["calls", "input", "cache_read", "cache_creation", "output", "cost_usd", "unpriced", "failed"];
    private readonly List<string[]> _rows = [];

    public void Add(IEnumerable<string> labelValues, UsageTotals totals) => _rows.Add(
    [
        .. labelValues,
        Number(totals.Calls),
        Number(totals.InputTokens),
        Number(totals.CacheReadTokens),
        Number(totals.CacheCreation5mTokens + totals.CacheCreation1hTokens),
        Number(totals.OutputTokens),
        totals.CostNanoUsd is { } cost ? Usd(cost) : "",
        Number(totals.UnpricedCalls),
        Number(totals.FailedCalls),
    ]);

    /// <summary>A cost in dollars, to the hundredth of a cent.</summary>
    public static string Usd(long nanoUsd) => (nanoUsd / 1_000_000_000m).ToString("0.0000", CultureInfo.InvariantCulture);

    // An unknown cost is shown as such. A model's name comes from the network, and may hold what a terminal would obey.
    private static string ForTerminal(string text) => text.Length == 0 ? "?" : text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;

    public string ToText()
    {
        string[] header = [.. labels, .. Sums];
        var widths = header.Select((name, column) => Math.Max(name.Length, _rows.Count == 0 ? 0 : _rows.Max(row => row[column].Length))).ToArray();
        var text = new StringBuilder();
        foreach (var row in _rows.Prepend(header).Select(row => row.Select(ForTerminal).ToArray()))
        {
            for (var column = 0; column < row.Length; column++)
            {
                text.Append(column < labels.Count ? row[column].PadRight(widths[column]) : row[column].PadLeft(widths[column]));
                text.Append(column == row.Length - 1 ? "\n" : "  ");
            }
        }

        return text.ToString();
    }

    public string ToCsv()
    {
        var text = new StringBuilder();
        foreach (var row in _rows.Prepend([.. labels, .. Sums]))
        {
            text.AppendJoin(',', row.Select(Quote)).Append("\r\n");
        }

        return text.ToString();
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    // RFC 4180.
    private static string Quote(string field) =>
        field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
