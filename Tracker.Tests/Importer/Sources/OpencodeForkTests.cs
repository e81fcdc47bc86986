using Tracker.Storage.Care;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Sources;

/// <summary>Forks copy the messages of a session, with their counts: each call is one row, whichever of its copies are still there.</summary>
public sealed class OpencodeForkTests
{
    private const string Original = "msg_209838127001jPZGMNvzfVX4gR";
    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "opencode").With("opencode", "1.18.33", "home");

    [TearDown]
    public void TearDown() => _database.Dispose();

    private string Path => _home.FilePath(".local/share/opencode/opencode.db");

    [Test]
    public void Copies_that_a_fork_makes_are_not_counted()
    {
        Fork("ses_fork", hours: 1);

        var report = _home.Import();

        Assert.That((report.Records, report.RowsAdded), Is.EqualTo((18L, 17L)));
        Assert.That(_database.Scalar<long>("SELECT record_count FROM import_cursor"), Is.EqualTo(17));
    }

    [Test]
    public void Copies_whose_session_was_deleted_before_it_was_read_are_one_call()
    {
        Fork("ses_fork", hours: 1);
        Fork("ses_other", hours: 2);
        Change($"DELETE FROM message WHERE id = '{Original}'");

        var first = _home.Import();
        _database.Execute("DELETE FROM import_cursor");
        var again = _home.Import();

        Assert.That((first.RowsAdded, again.RowsAdded), Is.EqualTo((17L, 0L)));
        Assert.That(
            _database.Query("SELECT usage_key, session_id, output_tokens, occurred_at_ms FROM usage WHERE usage_key GLOB '*:copy:*'").Single().Values,
            Is.EqualTo(new object[] { "opencode:copy:1795455942951:claude-sonnet-4-5:1007:20049:3556:377", "ses_fork", 377L, 1795455942951L }));
    }

    [Test]
    public void Call_that_is_read_after_its_copies_is_theirs()
    {
        var backup = System.IO.Path.Combine(Directory.CreateDirectory(_home.FilePath("backup")).FullName, "opencode.db");
        File.Copy(Path, backup);
        Fork("ses_fork", hours: 1);
        Change($"DELETE FROM message WHERE id = '{Original}'");
        _home.Import();
        var home = new LogHome(_database, "opencode", ("Importer:Roots:opencode:0", backup));

        var both = home.Import();
        _database.Execute("DELETE FROM import_cursor");
        var again = home.Import();

        Assert.That((both.RowsAdded, again.RowsAdded), Is.EqualTo((0L, 0L)));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(17));
    }

    [TestCase(false, true)]
    [TestCase(true, true)]
    [TestCase(true, false)]
    public void Copy_is_not_counted_beside_a_call_that_is_stored_already(bool isOnWire, bool tellsCache)
    {
        if (!tellsCache)
        {
            Change("UPDATE message SET data = json_set(data, '$.tokens.cache.read', 0) WHERE json_extract(data, '$.tokens.cache.read') = 20049"); // As of vendors that tell nothing of a cache.
        }

        if (isOnWire)
        {
            // Sent a little before opencode says, as it may seem where clocks are not one.
            _database.Write(new UsageRecord
            {
                Key = UsageKey.FromStored("anthropic:msg_01TEST00000000000000000007"),
                Evidence = Evidence.Wire,
                Quality = CountQuality.Final,
                Outcome = CallOutcome.Completed,
                OccurredAt = DateTimeOffset.FromUnixTimeMilliseconds(1795455942900),
                Provider = "anthropic",
                RequestModel = "claude-sonnet-4-5",
                Client = "opencode",
                StatusCode = 200,
                InputTokens = 1007,
                OutputTokens = 377,
                CacheReadTokens = tellsCache ? 20049 : null,
                CacheCreation5mTokens = 0,
                CacheCreation1hTokens = 3556,
                DurationMs = 500,
            });
        }

        _home.Import();
        var joined = _database.Scalar<long>("SELECT count(*) FROM usage WHERE evidence = 3");
        Fork("ses_fork", hours: 1);
        Change("DELETE FROM message WHERE session_id <> 'ses_fork'");
        _database.Execute("UPDATE import_cursor SET reader_version = 1"); // As an earlier version has left it, which passed over every copy.

        var report = _home.Import();

        Assert.That((joined, report.RowsAdded), Is.EqualTo((isOnWire ? 1L : 0L, 0L)));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(17));
    }

    [Test]
    public void Copy_of_a_call_that_may_have_been_pruned_is_not_counted()
    {
        _home.Import();
        using (var pruning = new Pruning(_database.Connections, PriceBooks.Embedded, TimeProvider.System, DateTimeOffset.FromUnixTimeMilliseconds(1795455942951).AddHours(1)))
        {
            while (pruning.Next(TimeSpan.FromSeconds(1)))
            {
                // All of it.
            }
        }

        Fork("ses_fork", hours: 1);
        Change("DELETE FROM message WHERE session_id <> 'ses_fork'");

        Assert.That(_home.Import().RowsAdded, Is.Zero);
    }

    // What a fork makes of one message: everything is kept but the ids, which tell the time of the copying.
    private void Fork(string session, int hours)
    {
        var id = $"msg_{((1795455942951L + hours * 3_600_000) << 12) & 0xFFFFFFFFFFFF:x12}jPZGMNvzfVX4gR";
        Change($"PRAGMA foreign_keys = OFF; INSERT INTO message SELECT '{id}', '{session}', time_created, time_updated, data FROM message WHERE id = '{Original}'");
    }

    private void Change(string sql) => OpencodeFixture.Change(Path, sql);
}
