using System.Globalization;
using Spectre.Console;
using Tracker.Importer.Sources;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Importing;

/// <summary>How the logs stand, as text for people: a table of the clients that have any, then what should be known of each, then the others in one line.</summary>
internal static class StatusText
{
    private const int TroublesShown = 5;
    private const int WidthOfPipe = 160;

    public static string Of(StatusDocument status) => Of(status, Console.IsOutputRedirected || Console.WindowWidth <= 0 ? WidthOfPipe : Console.WindowWidth);

    /// <param name="status">What is told.</param>
    /// <param name="width">Of a line, in characters. Where the table is wider, what it says of a client stands with the rest about it.</param>
    public static string Of(StatusDocument status, int width)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        text.WriteLine(status.DatabaseExists ? $"Database {TerminalText.OfValue(status.Database)}, last import {ReportText.Time(status.LastImport)}" : $"There is no database {TerminalText.OfValue(status.Database)} yet; the first import makes it");
        // Who asks for one client wants to know all of it.
        var shown = status.Sources.Where(source => IsHere(source) || status.Sources.Count == 1).ToList();
        var table = TableOf(shown);
        var hasRoom = table.Split('\n').All(line => line.TrimEnd().Length <= width);
        if (shown.Count > 0 && hasRoom)
        {
            text.WriteLine();
            text.Write(table);
            WriteFootnote(text, shown);
        }

        foreach (var source in shown)
        {
            text.WriteLine();
            text.WriteLine(hasRoom ? source.Client : NameOf(source));
            if (!hasRoom)
            {
                WriteFigures(text, source);
            }

            WriteNotes(text, source);
        }

        if (!hasRoom && shown.Exists(source => source.Experimental))
        {
            text.WriteLine();
            WriteFootnote(text, shown);
        }

        var absent = status.Sources.Except(shown).Select(source => source.Client).ToList();
        if (absent.Count > 0)
        {
            text.WriteLine();
            text.WriteLine($"Not on this machine: {string.Join(", ", absent)} ('tracker-importer status --source <client>' says where it looks)");
        }

        return text.ToString();
    }

    private static bool IsHere(SourceStatus source) => source.Records > 0 || source.Trouble.Count > 0 || source.Roots.Any(root => root.Exists);

    private static string NameOf(SourceStatus source) => source.Experimental ? source.Client + " *" : source.Client;

    private static string TableOf(List<SourceStatus> sources)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumn("client");
        foreach (var column in new[] { "files", "size", "new or changed", "records", "calls", "not understood" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        table.AddColumn("last call").AddColumn("last read");
        foreach (var source in sources)
        {
            table.AddRow([.. new[]
            {
                NameOf(source), Number(source.Files), ByteSize.Of(source.Bytes), Number(source.FilesWaiting), Number(source.Records), Calls(source), NotUnderstood(source), LastCall(source),
                ReportText.Time(source.LastRead),
            }.Select(cell => new Text(cell))]);
        }

        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 2 * WidthOfPipe; // Enough for any: cells are not broken.
        console.Write(table);
        return text.ToString();
    }

    private static void WriteFigures(StringWriter text, SourceStatus source)
    {
        text.WriteLine($"  files      {Number(source.Files)} ({ByteSize.Of(source.Bytes)}), {Number(source.FilesWaiting)} new or changed");
        text.WriteLine($"  records    {Number(source.Records)}, not understood: {NotUnderstood(source)}");
        text.WriteLine($"  calls      {Calls(source)}, the last {LastCall(source)}");
        text.WriteLine($"  last read  {ReportText.Time(source.LastRead)}");
    }

    private static void WriteFootnote(StringWriter text, List<SourceStatus> sources)
    {
        if (sources.Exists(source => source.Experimental))
        {
            text.WriteLine("* experimental: the format is known from documents and source code; no log of this client's own was seen.");
        }
    }

    private static string Calls(SourceStatus source) => source.Rows is { } rows ? Number(rows) : "-";

    private static string NotUnderstood(SourceStatus source) => source.MalformedLines == 0 ? "-" : Counted.Of(source.MalformedLines, "line");

    private static string LastCall(SourceStatus source) => source.LastRecord is null ? "-" : ReportText.Time(source.LastRecord);

    private static void WriteNotes(StringWriter text, SourceStatus source)
    {
        foreach (var root in source.Roots)
        {
            text.WriteLine($"  {(root.Exists ? "found    " : "not found")}  {TerminalText.OfValue(root.Path)}");
        }

        foreach (var trouble in source.Trouble.Take(TroublesShown))
        {
            text.WriteLine($"  trouble    {TerminalText.OfValue(trouble.ToString())}");
        }

        if (source.Trouble.Count > TroublesShown)
        {
            text.WriteLine($"  trouble    … and {source.Trouble.Count - TroublesShown} more: 'tracker-importer status --json' names all");
        }

        foreach (var field in source.UnknownFields)
        {
            text.WriteLine(
                $"  unknown    {source.Client} writes a count that Tracker does not know, '{TerminalText.OfValue(field.Name)}', in {Counted.Of(field.Files, "file")} since {field.Since.ToLocalTime():yyyy-MM-dd} (such as {TerminalText.OfValue(field.Example)}). Tokens may be missing: please report the name and the client's version.");
        }

        if (source.UnfinishedSubAgentCalls > 0)
        {
            text.WriteLine($"  unfinished {Counted.Of(source.UnfinishedSubAgentCalls, "call")} of sub-agents have only the counts of their beginning: nobody logged the final ones. Through the proxy they would be known.");
        }

        foreach (var retention in source.Retention)
        {
            text.WriteLine($"  retention  {TerminalText.OfValue(Retention(source.Client, retention))}");
        }
    }

    // Always told: who has set a short time loses most, and may have set it without a thought of the logs.
    private static string Retention(string client, LogRetention retention)
    {
        const int usual = 30;
        const int year = 365;
        var days = Counted.Of(retention.Days, "day");
        var advice = $"to keep the logs too, set \"{retention.Setting}\": 3650 in {retention.SettingsFile}";
        return retention.Days switch
        {
            < usual => $"WARNING: {client} deletes logs only {days} after their last use. What is not imported by then is lost: run the importer more often than that, or with --watch. What was imported stays; {advice}",
            < year => $"{client} deletes logs {days} after their last use. What was imported stays; {advice}",
            _ => $"{client} deletes logs {days} after their last use. What was imported stays.",
        };
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
