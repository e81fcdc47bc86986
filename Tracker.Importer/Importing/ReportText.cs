using System.Globalization;
using System.Text;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Importing;

/// <summary>What a pass did, as text for people.</summary>
internal static class ReportText
{
    public static string Of(PassReport report)
    {
        var text = new StringBuilder();
        foreach (var source in report.Sources.Where(source => source.Roots.Count > 0))
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{source.Client}: {Count(source.FilesRead, "file")} read of {source.Files} ({ByteSize.Of(source.BytesRead)}), {Count(source.Records, "usage record")}, {Count(source.RowsAdded, "new call")}{Malformed(source.MalformedLines)}");
        }

        var absent = report.Sources.Where(source => source.Roots.Count == 0 && source.Trouble.Count == 0).Select(source => source.Client).ToList();
        if (absent.Count > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"No logs found of {string.Join(", ", absent)} ('tracker-importer status --source <client>' says where it looks)");
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

    public static string Count(long number, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");

    public static string Time(DateTimeOffset? time) => time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "never";

    private static string Malformed(long lines) => lines == 0 ? "" : $", {Count(lines, "malformed line")} passed over";
}
