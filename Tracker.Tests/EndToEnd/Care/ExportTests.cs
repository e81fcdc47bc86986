using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Care;

/// <summary><c>tracker-importer export</c>: what comes out is what is in the rows, in any amount and whoever reads it.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Lines_of_JSON_say_what_the_rows_say_in_the_order_of_time(CancellationToken cancellationToken)
    {
        WriteSome();

        var run = await ImporterRun.OfAsync(_database, cancellationToken, "export", "--format", "jsonl");

        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(line)!).ToList();
        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(lines.Select(Comparable), Is.EqualTo(Expected()));
    }

    [Test, CancelAfter(60_000)]
    public async Task Moment_without_an_offset_is_by_the_machines_clock(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage());
        var environment = new Dictionary<string, string> { ["TZ"] = "America/New_York" };

        var behind = await ImporterRun.OfAsync(_database, environment, cancellationToken, "export", "--format", "jsonl", "--from", "2026-11-23T07:01");
        var before = await ImporterRun.OfAsync(_database, environment, cancellationToken, "export", "--format", "jsonl", "--from", "2026-11-23T07:00", "--to", "2026-11-23T07:01");

        Assert.That((behind.Output, before.Output.Split('\n').Length), Is.EqualTo(("", 1)));
    }

    [Test, CancelAfter(60_000)]
    public async Task Json_is_no_option_of_an_export_and_is_one_of_every_other_command(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage());

        var help = await ImporterRun.OfAsync(_database, cancellationToken, "export", "--help");
        var refused = await ImporterRun.OfAsync(_database, cancellationToken, "export", "--json");
        var before = await ImporterRun.OfAsync(_database, cancellationToken, "--json", "export");
        var status = await ImporterRun.OfAsync(_database, cancellationToken, "--json", "status");

        Assert.That(help.Output, Does.Contain("--format").And.Not.Contain("--json"));
        Assert.That((refused.ExitCode, refused.Output, refused.Errors), Is.EqualTo((2, "", "tracker-importer: '--json' is no option and no setting of this program. See --help.")));
        Assert.That((before.ExitCode, before.Errors), Is.EqualTo((2, "tracker-importer: '--json' is no option of export. See --help.")));
        Assert.That(status.Json.GetProperty("database").GetString(), Is.EqualTo(_database.Path));
    }

    [Test, CancelAfter(60_000)]
    public async Task Csv_says_what_the_rows_say_and_begins_no_formula(CancellationToken cancellationToken)
    {
        WriteSome();
        var target = Path.Combine(_database.Folder, "calls.csv");

        var run = await ImporterRun.OfAsync(_database, cancellationToken, "export", target);

        var records = ParseCsv(await File.ReadAllTextAsync(target, cancellationToken));
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((0, "")), run.Errors);
        Assert.That(records.SelectMany(record => record.Values).Where(field => field.Length > 0 && "=+-@\t\r".Contains(field[0], StringComparison.Ordinal)), Is.Empty);
        Assert.That(records.Select(record => record["project"]), Has.Member("'=HYPERLINK(\"http://x\",\"a,b\")\r\nnext line"));
        Assert.That(records.Select(record => Comparable(record.ToDictionary(field => field.Key, field => WithoutGuard(field.Value)))), Is.EqualTo(Expected()));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(target), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Filters_choose_by_time_and_name(CancellationToken cancellationToken)
    {
        WriteSome();

        var ofClient = await ImporterRun.OfAsync(_database, cancellationToken, "export", "--client", "codex");
        var unknown = await ImporterRun.OfAsync(_database, cancellationToken, "export", "--client", "");
        var ofTime = await ImporterRun.OfAsync(_database, cancellationToken, "export", "--from", "2026-11-23T12:00:01Z", "--to", "2026-11-23T12:00:03Z", "-");
        var wrong = await ImporterRun.OfAsync(_database, cancellationToken, "export", "--from", "yesterday");

        Assert.That(ParseCsv(ofClient.Output).Select(record => record["client"]), Is.EqualTo(["codex"]));
        Assert.That(ParseCsv(unknown.Output), Has.Count.EqualTo(3));
        Assert.That(ParseCsv(ofTime.Output).Select(record => record["occurred_at"]), Is.EqualTo(["2026-11-23T12:00:01.000Z", "2026-11-23T12:00:02.000Z"]));
        Assert.That((wrong.ExitCode, wrong.Errors), Is.EqualTo((2, wrong.Errors)));
        Assert.That(wrong.Errors, Does.Contain("--from is 'yesterday'"));
    }

    [Test, CancelAfter(60_000)]
    public async Task File_that_is_there_stays_without_force(CancellationToken cancellationToken)
    {
        WriteSome();
        var target = Path.Combine(_database.Folder, "calls.csv");
        await File.WriteAllTextAsync(target, "precious", cancellationToken);

        var refused = await ImporterRun.OfAsync(_database, cancellationToken, "export", target);

        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(await File.ReadAllTextAsync(target, cancellationToken), Is.EqualTo("precious"));
        Assert.That((await ImporterRun.OfAsync(_database, cancellationToken, "export", target, "--force")).ExitCode, Is.Zero);
        Assert.That(await File.ReadAllTextAsync(target, cancellationToken), Does.StartWith("usage_key,"));
    }

    [Test, CancelAfter(180_000)]
    public async Task Any_number_of_calls_passes_through_a_small_heap(CancellationToken cancellationToken)
    {
        const int calls = 200_000;
        WriteMany(calls);
        var target = Path.Combine(_database.Folder, "calls.jsonl");

        var run = await ImporterRun.OfAsync(
            _database, new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x4000000" }, cancellationToken, "export", "--format", "jsonl", target); // 64 MB, of which the runtime needs half

        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(File.ReadLines(target).Count(), Is.EqualTo(calls));
        Assert.That(File.ReadLines(target).Select(line => line[..80]).Distinct().Count(), Is.EqualTo(calls), "each once");
    }

    [Test, CancelAfter(180_000)]
    public async Task Reader_that_has_seen_enough_is_no_failure(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("There is no head on Windows");
        }

        WriteMany(50_000);
        var program = Path.Combine(Repository.Root, "Tracker.Importer", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "tracker-importer.dll");
        var start = new ProcessStartInfo("bash", ["-c", $"set -o pipefail; HOME='{_database.Folder}' dotnet '{program}' export '--Storage:DatabasePath={_database.Path}' | head -n 2"]) { RedirectStandardOutput = true, RedirectStandardError = true };

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);

        Assert.That((process.ExitCode, await errors), Is.EqualTo((0, "")));
        Assert.That(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(2));
    }

    [Test, CancelAfter(60_000)]
    public async Task Several_exports_into_one_file_stand_one_after_the_other(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("There is no bash on Windows");
        }

        _database.Write(Some.Usage() with { Project = "/one" }, Some.Usage() with { Project = "/two" });
        var program = Path.Combine(Repository.Root, "Tracker.Importer", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "tracker-importer.dll");
        var export = $"dotnet '{program}' export --format jsonl '--Storage:DatabasePath={_database.Path}' --project";
        var target = Path.Combine(_database.Folder, "all.jsonl");
        var start = new ProcessStartInfo("bash", ["-c", $"export HOME='{_database.Folder}'; {{ echo first; {export} /one; {export} /two -; echo last; }} > '{target}'"]);

        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(cancellationToken);

        var lines = await File.ReadAllLinesAsync(target, cancellationToken);
        Assert.That(lines.Select(line => line.Contains("\"/one\"", StringComparison.Ordinal) ? "one" : line.Contains("\"/two\"", StringComparison.Ordinal) ? "two" : line), Is.EqualTo(["first", "one", "two", "last"]));
    }

    [Test, CancelAfter(60_000)]
    public async Task Home_is_known_where_no_shell_says_it(CancellationToken cancellationToken)
    {
        var home = new Dictionary<string, string> { ["HOME"] = _database.Folder, ["USERPROFILE"] = _database.Folder };
        _database.Write(Some.Usage() with { Project = Path.Combine(_database.Folder, "shop") }, Some.Usage() with { Project = "/other" });

        var run = await ImporterRun.OfAsync(_database, home, cancellationToken, "export", "--project", "~/shop", "~/calls.csv");

        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(ParseCsv(await File.ReadAllTextAsync(Path.Combine(_database.Folder, "calls.csv"), cancellationToken)), Has.Count.EqualTo(1));
    }

    private void WriteSome() => _database.Write(
        Some.Usage() with { OccurredAt = Some.Time.AddSeconds(2), Project = "=HYPERLINK(\"http://x\",\"a,b\")\r\nnext line", UserAgent = "@cmd", SessionId = "-1+2" },
        Some.Usage() with { OccurredAt = Some.Time, ResponseModel = "unheard-of", Streamed = true, StatusCode = 200, DurationMs = 1234, TimeToFirstTokenMs = 12, RequestId = "req \"1\"" },
        Some.Usage() with { OccurredAt = Some.Time.AddSeconds(1), Client = "codex", Evidence = Evidence.Transcript, Project = "/häuser/日本 🙂", ClientCostNanoUsd = 5, ReasoningTokens = 0 },
        Some.Usage() with { OccurredAt = Some.Time.AddSeconds(3), Outcome = CallOutcome.Error, InputTokens = null, OutputTokens = null });

    private void WriteMany(int calls) => _database.Execute($"""
        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {calls})
        INSERT INTO usage (usage_key, occurred_at_ms, provider, response_model, input_tokens, output_tokens, quality, evidence, outcome, project, session_id)
        SELECT printf('anthropic:msg_%020d', n), 1700000000000 + n, 'anthropic', 'claude-opus-4-8', n, n, 3, 1, 'completed', '/home/dev/project', 'session ' || n FROM number
        """);

    private static readonly string[] Columns = ["usage_key", "occurred_at", "project", "session_id", "user_agent", "request_id", "input_tokens", "output_tokens", "cost_usd", "client_cost_usd", "streamed", "duration_ms", "outcome", "evidence"];

    private IEnumerable<string> Expected() => _database.Query("""
        SELECT usage_key, strftime('%Y-%m-%dT%H:%M:%fZ', occurred_at_ms / 1000.0, 'unixepoch') AS occurred_at, project, session_id, user_agent, request_id, input_tokens, output_tokens,
               cost_nano_usd AS cost_usd, client_cost_nano_usd AS client_cost_usd, CASE streamed WHEN 1 THEN 'true' WHEN 0 THEN 'false' END AS streamed, duration_ms, outcome,
               CASE evidence WHEN 1 THEN 'wire' WHEN 2 THEN 'transcript' ELSE 'wire+transcript' END AS evidence
        FROM   usage ORDER BY occurred_at_ms
        """).Select(row => string.Join('|', Columns.Select(column => Convert.ToString(row[column], CultureInfo.InvariantCulture))));

    private static string Comparable(Dictionary<string, JsonElement> line) => Comparable(line.ToDictionary(
        member => member.Key, member => member.Value.ValueKind == JsonValueKind.Null ? "" : member.Value.ToString() is var text && member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? text.ToLowerInvariant() : text));

    // Dollars back to the integer that is stored.
    private static string Comparable(Dictionary<string, string> record) => string.Join('|', Columns.Select(column =>
        column.EndsWith("_usd", StringComparison.Ordinal) && record[column].Length > 0
            ? ((long)(decimal.Parse(record[column], CultureInfo.InvariantCulture) * 1_000_000_000m)).ToString(CultureInfo.InvariantCulture)
            : record[column]));

    private static string WithoutGuard(string field) => field.StartsWith('\'') ? field[1..] : field;

    /// <summary>RFC 4180.</summary>
    private static List<Dictionary<string, string>> ParseCsv(string text)
    {
        var rows = new List<List<string>> { new() };
        var field = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '"' when isQuoted && i + 1 < text.Length && text[i + 1] == '"':
                    field.Append(text[++i]);
                    break;
                case '"':
                    isQuoted = !isQuoted;
                    break;
                case ',' when !isQuoted:
                    End();
                    break;
                case '\n' when !isQuoted:
                    End();
                    rows.Add([]);
                    break;
                case '\r' when !isQuoted:
                    break;
                default:
                    field.Append(text[i]);
                    break;
            }
        }

        if (rows[^1].Count > 0 || field.Length > 0)
        {
            End();
        }

        return [.. rows.Skip(1).Where(row => row.Count > 0).Select(row => rows[0].Zip(row).ToDictionary(pair => pair.First, pair => pair.Second))];

        void End()
        {
            rows[^1].Add(field.ToString());
            field.Clear();
        }
    }
}
