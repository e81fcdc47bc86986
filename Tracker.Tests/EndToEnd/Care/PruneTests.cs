using System.Text.Json;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Care;

/// <summary><c>tracker-importer prune</c> and <c>Retention:Days</c>, with real logs and beside a real proxy.</summary>
public sealed class PruneTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Old_logs_that_are_imported_again_bring_nothing_back(CancellationToken cancellationToken)
    {
        var home = new ClaudeHome(_database);
        home.Write("old.jsonl", Enumerable.Range(1, 300).Select(number => Line(number, "2025-03-01T10:00:00.000Z")));
        home.Write("new.jsonl", Enumerable.Range(301, 10).Select(number => Line(number, "2026-11-24T10:00:00.000Z")));
        await ImportAsync(home, cancellationToken);
        var before = await TotalAsync(cancellationToken);

        var dry = await ImporterRun.OfAsync(_database, cancellationToken, "prune", "--older-than", "2026-01-01", "--dry-run", "--json");
        var left = _database.Scalar<long>("SELECT count(*) FROM usage");
        var run = await ImporterRun.OfAsync(_database, cancellationToken, "prune", "--older-than", "2026-01-01", "--yes", "--json");
        _database.Execute("DELETE FROM import_cursor");
        await ImportAsync(home, cancellationToken);

        Assert.That((dry.ExitCode, run.ExitCode, left), Is.EqualTo((0, 0, 310)), run.Errors);
        var pruned = run.Json.GetProperty("calls").GetInt64();
        Assert.That(pruned, Is.EqualTo(dry.Json.GetProperty("calls").GetInt64()).And.InRange(299, 300), "the row that was stored last stays, whatever its age");
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(310 - pruned));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM rollup_stale"), Is.Zero);
        Assert.That(await TotalAsync(cancellationToken), Is.EqualTo(before));
    }

    [Test, CancelAfter(120_000)]
    public async Task Retention_is_off_until_it_is_set_and_then_obeyed_by_the_importer(CancellationToken cancellationToken)
    {
        var home = new ClaudeHome(_database);
        home.Write("old.jsonl", Enumerable.Range(1, 20).Select(number => Line(number, "2025-03-01T10:00:00.000Z")));
        home.Write("recent.jsonl", [Line(21, TimeProvider.System.GetUtcNow().AddDays(-10).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture))]);

        await ImportAsync(home, cancellationToken);
        var kept = _database.Scalar<long>("SELECT count(*) FROM usage");
        await ImportAsync(home, cancellationToken, "--Retention:Days=30");
        var left = _database.Scalar<long>("SELECT count(*) FROM usage WHERE occurred_at_ms > 1760000000000");
        var wrong = await ImporterRun.OfAsync(_database, cancellationToken, "--Retention:Days=0");
        var empty = await ImporterRun.OfAsync(_database, cancellationToken, "--Retention:Days=");

        Assert.That((kept, left), Is.EqualTo((21, 1)));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.LessThanOrEqualTo(2), "but for the newest row");
        Assert.That((wrong.ExitCode, empty.ExitCode), Is.EqualTo((2, 0)));
        Assert.That(wrong.Errors, Does.Contain("Retention:Days is 0"));
    }

    [TestCase("soon")]
    [TestCase("0d")]
    [TestCase("2999-01-01")]
    [CancelAfter(60_000)]
    public async Task Wrong_age_or_nobody_to_ask_removes_nothing(string age, CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage() with { OccurredAt = Some.Time.AddYears(-1) }, Some.Usage());

        var wrong = await ImporterRun.OfAsync(_database, cancellationToken, "prune", "--older-than", age, "--yes");
        var unasked = await ImporterRun.OfAsync(_database, cancellationToken, "prune", "--older-than", "30d");

        Assert.That((wrong.ExitCode, unasked.ExitCode), Is.Not.EqualTo((0, 0)));
        Assert.That(wrong.Errors, Does.Contain($"--older-than is '{age}'"));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(2));
    }

    [Test, CancelAfter(60_000)]
    public async Task Cost_of_what_goes_is_unknown_where_no_price_is(CancellationToken cancellationToken)
    {
        var old = Some.Usage() with { OccurredAt = Some.Time.AddYears(-1), ResponseModel = "a-model-nobody-knows" };
        _database.Write(
            old,
            old with { Key = Some.Key(), Outcome = CallOutcome.Error, InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null },
            Some.Usage());

        var dry = await ImporterRun.OfAsync(_database, cancellationToken, "prune", "--older-than", "90d", "--dry-run");

        Assert.That(dry.Output, Does.StartWith("2 calls").And.Contain("($?) would be removed"), dry.Errors);
    }

    [Test, CancelAfter(180_000)]
    public async Task Pruning_beside_a_proxy_loses_none_of_its_calls(CancellationToken cancellationToken)
    {
        _database.Write([.. Enumerable.Range(0, 5000).Select(index => Some.Usage() with { Key = Some.Key(1_000_000_000 + index), OccurredAt = Some.Time.AddYears(-1).AddMinutes(index) })]);
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
        var isEnough = false;
        var calling = calls.CallUntilAsync(proxy.Address, () => Volatile.Read(ref isEnough), cancellationToken, clients: 2);
        await proxy.WaitForStoredAsync(50, cancellationToken);

        var run = await ImporterRun.OfAsync(_database, cancellationToken, "prune", "--older-than", "90d", "--yes", "--json");

        Volatile.Write(ref isEnough, true);
        await calling;
        await proxy.WaitForAllStoredAsync(cancellationToken);
        Assert.That((run.ExitCode, run.Json.GetProperty("calls").GetInt64()), Is.EqualTo((0, 5000)), run.Errors);
        Assert.That(calls.Failed, Is.Zero);
        calls.AssertAllAreRows(_database);
        Assert.That(await TotalAsync(cancellationToken), Does.StartWith($"{5000 + calls.Completed} "));
    }

    private async Task ImportAsync(ClaudeHome home, CancellationToken cancellationToken, params string[] settings)
    {
        var run = await ImporterRun.OfAsync(_database, cancellationToken, ["--source", "claude-code", $"--Importer:Home={home.Folder}", .. settings]);
        Assert.That(run.ExitCode, Is.Zero, run.Errors);
    }

    /// <summary>What people see: the proxy's own report of all time.</summary>
    private async Task<string> TotalAsync(CancellationToken cancellationToken)
    {
        using var copy = new TempDirectory();
        var backup = await ImporterRun.OfAsync(_database, cancellationToken, "backup", Path.Combine(copy.Path, "tracker.db"));
        Assert.That(backup.ExitCode, Is.Zero, backup.Errors);
        await using var proxy = await ProxyUnderTest.StartAsync(copy.Path, new Uri("http://127.0.0.1:1"), cancellationToken);
        using var client = new HttpClient();
        using var report = JsonDocument.Parse(await client.GetStringAsync(new Uri(proxy.Address, "/stats/summary?format=json&period=all"), cancellationToken));
        var total = report.RootElement.GetProperty("periods").EnumerateArray().Single().GetProperty("totals");
        return $"{total.GetProperty("calls").GetInt64()} {total}";
    }

    private static string Line(int number, string time) => ClaudeHome.Line(number).Replace("\"timestamp\":\"", "\"timestamp\":\"" + time + "\",\"was\":\"", StringComparison.Ordinal);
}
