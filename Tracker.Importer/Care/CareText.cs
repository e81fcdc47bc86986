using System.Globalization;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Care;

/// <summary>What was done, as text for people.</summary>
internal static class CareText
{
    public static string Of(BackupReport report) =>
        string.Create(CultureInfo.InvariantCulture, $"{report.File} has {Counted.Of(report.Calls, "call")} ({ByteSize.Of(report.Bytes)}), as they were in {report.Database} a moment ago. It was read back, and is sound.{Environment.NewLine}");

    public static string Of(VacuumReport report) =>
        $"{report.Database} had {ByteSize.Of(report.BytesBefore)} and has {ByteSize.Of(report.BytesAfter)} now: {ByteSize.Of(report.BytesFreed)} were given back.{Environment.NewLine}";

    public static string Of(PruneReport report) => report.Calls == 0
        ? $"No call is older than {Shown(report.Before)}.{Environment.NewLine}"
        : report.DryRun ? $"{What(report)} would be removed, and their sums kept. Nothing was removed (--dry-run).{Environment.NewLine}"
        : $"{What(report)} {(report.Calls == 1 ? "was" : "were")} removed. Their sums are kept: reports show the same. 'tracker-importer vacuum' gives the room back.{Environment.NewLine}";

    public static string Of(MergeReport report) => string.Create(CultureInfo.InvariantCulture,
        $"{Counted.Of(report.Calls, "call")} of {report.Other} {(report.Calls == 1 ? "was" : "were")} merged into {report.Database}: {report.RowsAdded} {(report.RowsAdded == 1 ? "is" : "are")} new, the others were known.{Environment.NewLine}")
        + (report.PrunedCallsLeftOut == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{Counted.Of(report.PrunedCallsLeftOut, "call that was pruned there is in sums only, and was", "calls that were pruned there are sums only, and were")} left out.{Environment.NewLine}"));

    public static string Question(PruneReport report) => $"{What(report)} will be removed from {report.Database}; their sums are kept. Go on? [y/N] ";

    private static string What(PruneReport report) =>
        string.Create(CultureInfo.InvariantCulture, $"{Counted.Of(report.Calls, "call")} from {Shown(report.FirstAt)} to {Shown(report.LastAt)} ({Dollars(report.CostUsd)})");

    private static string Dollars(decimal? usd) => usd is { } cost ? string.Create(CultureInfo.InvariantCulture, $"${cost:0.00}") : "$?";

    private static string Shown(DateTimeOffset? time) => time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "?";
}
