namespace Tracker.Proxy.Statistics;

/// <summary>A list that a report answers with: its rows are written, and described to programs, by the same columns.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="Columns">Of its rows.</param>
internal sealed record ReportList(string Name, IReadOnlyList<ReportColumn> Columns)
{
    /// <summary>One whose rows end with sums.</summary>
    public static ReportList OfSums(string name, params IReadOnlyList<ReportColumn> labels) => new(name, [.. labels, .. SumColumns.All]);

    /// <param name="line">What <c>?format=line</c> says.</param>
    /// <param name="next">How the next page is asked for; null when there is none.</param>
    public ReportTable Table(Func<string> line, string? next = null) => new(Name, Columns) { Line = line, Next = next };
}
