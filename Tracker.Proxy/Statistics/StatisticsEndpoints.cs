using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Statistics;

/// <summary><c>/stats/…</c>: what was used and what it cost, for people, scripts and status lines. Days are UTC days.</summary>
internal static class StatisticsEndpoints
{
    private const int DaysShown = 30;
    private const int MostDays = 3660;

    public static void MapStatistics(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/stats/summary", (HttpRequest request, UsageReports reports, TimeProvider time) => Answer(request, format => Summary(format, reports, time.GetUtcNow())));
        endpoints.MapGet("/stats/daily", (HttpRequest request, UsageReports reports, TimeProvider time) =>
            ReadDays(request) is { } days
                ? Answer(request, format => Daily(format, reports, time.GetUtcNow(), days))
                : Results.Text($"days must be a whole number from 1 to {MostDays}.\n", statusCode: StatusCodes.Status400BadRequest));
        endpoints.MapGet("/stats/{**report}", () => Results.Text("There are /stats/summary and /stats/daily.\n", statusCode: StatusCodes.Status404NotFound));
    }

    private static IResult Answer(HttpRequest request, Func<ReportFormat, IResult> report)
    {
        if (ReportFormats.Of(request) is not { } format)
        {
            return Results.Text("format must be json, csv, text or line.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        try
        {
            return report(format);
        }
        catch (Exception exception) when (exception is SqliteException or StorageException)
        {
            return Results.Text($"The database cannot be read: {exception.Message}\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult Summary(ReportFormat format, UsageReports reports, DateTimeOffset now)
    {
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        (string Name, DateTimeOffset From)[] periods =
            [("today", today), ("7 days", today.AddDays(-6)), ("30 days", today.AddDays(-29)), ("all", DateTimeOffset.UnixEpoch)];
        var totals = periods.Select(period => (period.Name, period.From, Totals: reports.GetTotals(period.From))).ToList();
        if (format == ReportFormat.Json)
        {
            return Results.Json(
                new SummaryDocument(now, [.. totals.Select(row => new PeriodTotals(row.Name, row.From, TotalsDocument.From(row.Totals)))]),
                StatisticsJson.Default.SummaryDocument);
        }

        if (format == ReportFormat.Line)
        {
            return Results.Text($"today {Dollars(totals[0].Totals)}, 7 days {Dollars(totals[1].Totals)}, 30 days {Dollars(totals[2].Totals)}\n");
        }

        var table = new ReportTable(["period"]);
        foreach (var row in totals)
        {
            table.Add([row.Name], row.Totals);
        }

        return Write(format, table);
    }

    private static IResult Daily(ReportFormat format, UsageReports reports, DateTimeOffset now, int days)
    {
        var rows = reports.GetDailyUsage(new DateTimeOffset(now.UtcDateTime.Date.AddDays(1 - days), TimeSpan.Zero));
        if (format == ReportFormat.Json)
        {
            return Results.Json(
                new DailyDocument(now, [.. rows.Select(row => new DayTotals(row.Day, row.Model, TotalsDocument.From(row)))]), StatisticsJson.Default.DailyDocument);
        }

        if (format == ReportFormat.Line)
        {
            return Results.Text(string.Join(", ", rows.GroupBy(row => row.Day).Select(day => $"{day.Key} ${day.Sum(row => row.CostNanoUsd ?? 0) / 1e9m:0.00}")) + "\n");
        }

        var table = new ReportTable(["day", "model"]);
        foreach (var row in rows)
        {
            table.Add([row.Day, row.Model ?? "(unknown)"], row);
        }

        return Write(format, table);
    }

    private static string Dollars(UsageTotals totals) => totals.CostNanoUsd is { } cost ? $"${cost / 1e9m:0.00}" : "$?";

    private static IResult Write(ReportFormat format, ReportTable table) =>
        format == ReportFormat.Csv ? Results.Text(table.ToCsv(), "text/csv") : Results.Text(table.ToText());

    private static int? ReadDays(HttpRequest request) => request.Query["days"].ToString() switch
    {
        "" => DaysShown,
        var text when int.TryParse(text, out var days) && days is >= 1 and <= MostDays => days,
        _ => null,
    };
}
