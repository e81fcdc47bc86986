using System.Globalization;
using System.Text;

namespace Tracker.Importer.Importing;

/// <summary>The reports as text for people.</summary>
internal static class ReportText
{
    public static string Of(PassReport report)
    {
        var text = new StringBuilder();
        foreach (var source in report.Sources)
        {
            text.Append(CultureInfo.InvariantCulture, $"{source.Client}: ");
            if (source.Roots.Count == 0)
            {
                text.AppendLine("no logs found (see 'tracker-importer status' for where it looked)");
                continue;
            }

            text.AppendLine(CultureInfo.InvariantCulture,
                $"{Count(source.FilesRead, "file")} read of {source.Files} ({Bytes(source.BytesRead)}), {Count(source.Records, "usage record")}, {Count(source.RowsAdded, "new call")}{Malformed(source.MalformedLines)}");
        }

        if (report.Sources.Any(source => source.Trouble.Count > 0))
        {
            text.AppendLine("Some of the logs could not be read: the warnings and 'tracker-importer status' say what and why.");
        }

        if (report.Joined > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{Count(report.Joined, "call")} joined to what the proxy saw of the same call");
        }

        if (report.CallsPriced > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{Count(report.CallsPriced, "call")} that had no cost got one from new prices");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"{Count(report.RowsAdded, "new call")} in {report.Database} after {report.DurationMs / 1000.0:0.0} s");
        return text.ToString();
    }

    public static string Of(StatusDocument status)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Database {status.Database}, last import {Time(status.LastImport)}");
        foreach (var source in status.Sources)
        {
            text.AppendLine().AppendLine(source.Client);
            foreach (var root in source.Roots)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  {(root.Exists ? "found    " : "not found")}  {root.Path}");
            }

            text.AppendLine(CultureInfo.InvariantCulture, $"  files      {source.Files} ({Bytes(source.Bytes)}), {source.FilesWaiting} of them new or changed since the last import");
            text.AppendLine(CultureInfo.InvariantCulture, $"  records    {source.Records}{Malformed(source.MalformedLines)}");
            text.AppendLine(CultureInfo.InvariantCulture, $"  last read  {Time(source.LastRead)}");
            foreach (var trouble in source.Trouble)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  trouble    {trouble}");
            }
        }

        return text.ToString();
    }

    private static string Malformed(long lines) => lines == 0 ? "" : $", {Count(lines, "malformed line")} passed over";

    private static string Count(long number, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");

    private static string Bytes(long bytes) => bytes < 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");

    private static string Time(DateTimeOffset? time) => time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "never";
}
