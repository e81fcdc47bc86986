namespace Tracker.Proxy.Statistics;

/// <summary>A parameter of reports: what reads it and what describes it to programs are the same.</summary>
/// <param name="Name">In the query string.</param>
/// <param name="Description">What it means.</param>
internal sealed record ReportParameter(string Name, string Description)
{
    /// <summary>What it may be, and what holds when it is not given first; empty: any text.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The greatest whole number it may be, from 1; null: it is no number.</summary>
    public int? Most { get; init; }
}
