using System.Globalization;
using Tracker.Storage.Statistics;

namespace Tracker.Benchmarks;

/// <summary>
/// What importing Claude Code's logs takes beside reading them (<c>cat</c>) and beside ccusage, if it is there (<c>npm i ccusage@20.0.24</c>; on the PATH, or named by the
/// variable CCUSAGE): all of them, again when nothing has changed, and after a megabyte was appended. Whole processes. The sums are compared with the truth each time,
/// also after an import that was killed in its middle.
/// </summary>
internal static class ImportBenchmark
{
    private const int Rounds = 3;
    private const int Seed = 20_261_125;

    private const string Cat = "cat";
    private const string Other = "ccusage";
    private const string Cold = "cold";
    private const string Unchanged = "unchanged";
    private const string Appended = "appended";

    public static void Run(int megabytes)
    {
        var folder = Directory.CreateTempSubdirectory("tracker-import-");
        try
        {
            var importer = PublishedImporter.Publish(folder.FullName);
            var logs = new ClaudeCodeLogs(Path.Combine(folder.FullName, "home"), Seed);
            logs.Write(megabytes * 1_000_000L);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{megabytes} MB, {logs.Files} files, {logs.Calls} calls, seed {Seed}; {Rounds} rounds"));
            var ccusage = FindCcusage();
            Console.WriteLine(ccusage is null ? "ccusage: not installed" : $"ccusage: {ccusage}");
            var runs = new Dictionary<string, List<MeasuredRun>>();
            for (var round = 0; round < Rounds; round++)
            {
                RunRound(importer, logs, ccusage, Path.Combine(folder.FullName, $"data{round}"), runs);
            }

            RequireTruthAfterKill(importer, logs, Path.Combine(folder.FullName, "killed"), runs[Cold].Min(run => run.Seconds));
            Print(runs);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void RunRound(string importer, ClaudeCodeLogs logs, string? ccusage, string data, Dictionary<string, List<MeasuredRun>> runs)
    {
        if (!OperatingSystem.IsWindows())
        {
            Add(Cat, MeasuredRun.Of("sh", ["-c", $"find '{logs.Home}' -name '*.jsonl' -exec cat {{}} + > /dev/null"], []));
        }

        if (ccusage is not null)
        {
            Add(Other, MeasuredRun.Of(ccusage, ["daily", "--json", "--offline"], [("CLAUDE_CONFIG_DIR", Path.Combine(logs.Home, ".claude")), ("HOME", logs.Home), ("TZ", "UTC")]));
        }

        Add(Cold, Import(importer, logs, data));
        RequireTruth(logs, data);
        Add(Unchanged, Import(importer, logs, data));
        logs.Append(1_000_000);
        Add(Appended, Import(importer, logs, data));
        RequireTruth(logs, data);

        void Add(string name, MeasuredRun run)
        {
            if (!runs.TryGetValue(name, out var list))
            {
                runs[name] = list = [];
            }

            list.Add(run);
        }
    }

    private static MeasuredRun Import(string importer, ClaudeCodeLogs logs, string data, TimeSpan? killAfter = null) => MeasuredRun.Of(
        importer, [$"--Importer:Home={logs.Home}", $"--Storage:DatabasePath={Path.Combine(data, "tracker.db")}"], [], killAfter);

    private static void RequireTruthAfterKill(string importer, ClaudeCodeLogs logs, string data, double seconds)
    {
        foreach (var part in new[] { 0.5, 0.8 })
        {
            Import(importer, logs, data, TimeSpan.FromSeconds(seconds * part));
        }

        Import(importer, logs, data);
        RequireTruth(logs, data);
        Console.WriteLine("every day and model is exact: after the first pass, after an append, and after two imports that were killed");
    }

    private static void RequireTruth(ClaudeCodeLogs logs, string data)
    {
        var connections = Databases.At(Path.Combine(data, "tracker.db"));
        var found = new UsageStatistics(connections, TimeProvider.System).GetGroups(new UsageFilter(), TimeZoneInfo.Utc, Grouping.Day, Grouping.Model)
            .ToDictionary(group => (group.Day!.Value, group.Model!), group => new ClaudeCodeLogs.Counts(group.Calls, group.InputTokens, group.CacheReadTokens, group.CacheCreation5mTokens, group.OutputTokens));
        var wrong = logs.Truth.Where(cell => found.GetValueOrDefault(cell.Key) != cell.Value).ToList();
        if (wrong.Count > 0 || found.Count != logs.Truth.Count)
        {
            throw new InvalidOperationException($"{wrong.Count} of {logs.Truth.Count} days and models are wrong, and there are {found.Count}; the first: {wrong.Select(cell => $"{cell} instead of {found.GetValueOrDefault(cell.Key)}").FirstOrDefault()}");
        }
    }

    private static void Print(Dictionary<string, List<MeasuredRun>> runs)
    {
        Console.WriteLine($"{"",-12}{"wall s",9}{"CPU s",9}{"peak MB",9}   x ccusage: wall          CPU            peak");
        var goals = new Dictionary<string, (double? Wall, double? Cpu, double? Peak)> { [Cold] = (0.50, 0.50, 0.70), [Unchanged] = (0.17, null, null), [Appended] = (0.22, null, null) };
        foreach (var (name, list) in runs)
        {
            var other = runs.GetValueOrDefault(Other);
            var goal = goals.GetValueOrDefault(name);
            var verdicts = name is Cat or Other || other is null ? "" : string.Join("", Verdict(list, other, run => run.Seconds, goal.Wall), Verdict(list, other, run => run.CpuSeconds, goal.Cpu), Verdict(list, other, run => run.PeakMegabytes, goal.Peak));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-12}{Median(list.Select(run => run.Seconds)),9:0.000}{Median(list.Select(run => run.CpuSeconds)),9:0.000}{Median(list.Select(run => run.PeakMegabytes)),9:0}   {verdicts}").TrimEnd());
        }
    }

    private static string Verdict(List<MeasuredRun> ours, List<MeasuredRun> theirs, Func<MeasuredRun, double> value, double? goal)
    {
        var ratio = Median(ours.Zip(theirs, (one, other) => value(one) / value(other)));
        return string.Create(CultureInfo.InvariantCulture, $"{ratio,6:0.00}{(goal is { } bound ? string.Create(CultureInfo.InvariantCulture, $" <= {bound:0.00} {(ratio <= bound ? "ok" : "MISS")}") : ""),-16}");
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : double.NaN;

    private static string? FindCcusage() =>
        Environment.GetEnvironmentVariable("CCUSAGE") is { Length: > 0 } named ? named
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, Other)).FirstOrDefault(File.Exists);
}
