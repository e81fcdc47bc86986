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
    /// <returns>Null for a <c>?format=</c> that does not exist.</returns>
    public static ReportFormat? Of(HttpRequest request)
    {
        if (request.Query["format"].ToString() is { Length: > 0 } format)
        {
            return format switch
            {
                "text" => ReportFormat.Text,
                "json" => ReportFormat.Json,
                "csv" => ReportFormat.Csv,
                "line" => ReportFormat.Line,
                _ => null,
            };
        }

        var accept = request.Headers.Accept.ToString();
        return accept.Contains("application/json", StringComparison.OrdinalIgnoreCase) ? ReportFormat.Json
            : accept.Contains("text/csv", StringComparison.OrdinalIgnoreCase) ? ReportFormat.Csv
            : ReportFormat.Text;
    }
}
