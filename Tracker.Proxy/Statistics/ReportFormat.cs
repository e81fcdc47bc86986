namespace Tracker.Proxy.Statistics;

/// <summary>How a report is written: <c>?format=</c>, else the Accept header, else text.</summary>
internal enum ReportFormat
{
    Text,
    Json,
    Csv,
    Line,
}

internal static class ReportFormats
{
    public static readonly IReadOnlyList<string> Words = [.. Enum.GetNames<ReportFormat>().Select(name => name.ToLowerInvariant())];

    /// <returns>Null for a <c>?format=</c> that does not exist.</returns>
    public static ReportFormat? Of(HttpRequest request)
    {
        if (request.Query["format"].ToString() is { Length: > 0 } format)
        {
            return Words.Contains(format) ? Enum.Parse<ReportFormat>(format, ignoreCase: true) : null;
        }

        var accept = request.Headers.Accept.ToString();
        return accept.Contains("application/json", StringComparison.OrdinalIgnoreCase) ? ReportFormat.Json
            : accept.Contains("text/csv", StringComparison.OrdinalIgnoreCase) ? ReportFormat.Csv
            : ReportFormat.Text;
    }
}
