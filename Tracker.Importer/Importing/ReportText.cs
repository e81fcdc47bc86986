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
                $"{source.Client}: {Counted.Of(source.FilesRead, "file")} read of {source.Files} ({ByteSize.Of(source.BytesRead)}), {Counted.Of(source.Records, "usage record")}, {Counted.Of(source.RowsAdded, "new call")}{Malformed(source.MalformedLines)}");
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
            text.AppendLine(CultureInfo.InvariantCulture, $"{Counted.Of(report.Joined, "call")} joined to what the proxy saw of the same call");
        }

        if (report.CallsPriced > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{Counted.Of(report.CallsPriced, "call")} that had no cost got one from new prices");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"{Counted.Of(report.RowsAdded, "new call")} in {report.Database} after {report.DurationMs / 1000.0:0.0} s");
        return text.ToString();
    }

    public static string Time(DateTimeOffset? time) => time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "never";

    private static string Malformed(long lines) => lines == 0 ? "" : $", {Counted.Of(lines, "malformed line")} passed over";
}
