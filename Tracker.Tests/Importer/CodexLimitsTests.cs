using Tracker.Storage.Usage;
using Tracker.Tests.Support;
using static Tracker.Tests.Importer.CodexLines;

namespace Tracker.Tests.Importer;

/// <summary>How much of a subscription's windows is used, as Codex's rollouts tell it.</summary>
public sealed class CodexLimitsTests
{
    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "codex");

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void How_much_of_the_subscription_is_used_is_kept_when_it_changes()
    {
        Write(
            OwnThread, Meta(OwnThread), Context(Turn), Limits("50:00", 12.5, 77), Record(1), Limits("50:10", 12.5, 77), Record(2), Limits("50:20", 12.5, 78), Limits("50:21", 12.5, 78), Record(3),
            Limits("55:30", 12.5, 78));

        _home.Import();

        Assert.That(Samples(), Is.EqualTo(new[]
        {
            "chatgpt 5h 17:50:10 0.125 1795450000", "chatgpt 5h 17:55:30 0.125 1795450000", "chatgpt 7d 17:50:10 0.77 1795950000", "chatgpt 7d 17:50:20 0.78 1795950000", "chatgpt 7d 17:55:30 0.78 1795950000",
        }));
    }

    [Test]
    public void What_the_proxy_saw_of_the_subscription_in_the_same_minute_is_not_kept_twice()
    {
        var seen = new DateTimeOffset(2026, 11, 23, 17, 50, 9, 500, TimeSpan.Zero);
        _database.Write(Some.Usage() with { Provider = "chatgpt", Limits = [new LimitSample("5h", seen, 0.125, null)] });
        Write(OwnThread, Meta(OwnThread), Context(Turn), Record(1), Limits("50:10", 12.5, 77));

        _home.Import();

        Assert.That(Samples(), Has.Count.EqualTo(2).And.Some.StartsWith("chatgpt 5h 17:50:09").And.Some.StartsWith("chatgpt 7d 17:50:10"));
    }

    [Test]
    public void Limits_of_another_kind_and_of_a_copied_history_are_left_out()
    {
        Write(
            OwnThread, Meta(OwnThread, parent: ParentThread), Context(ParentTurn), Record(1), Limits("50:10", 1, 1), Context(Turn), Record(2),
            Limits("50:10", 12.5, 77).Replace("\"limit_id\":\"codex\"", "\"limit_id\":\"codex_spark\""), Limits("50:10", 12.5, 77).Replace("12.5", "\"much\"").Replace("77", "-1"));

        _home.Import();

        Assert.That((Samples(), _database.Scalar<long>("SELECT sum(malformed_count) FROM import_cursor")), Is.EqualTo((Array.Empty<string>(), 0L)));
    }

    [Test]
    public void Place_without_a_window_is_none()
    {
        Write(OwnThread, Meta(OwnThread), Context(Turn), Record(1), Limits("50:10", 12.5, 0).Replace("10080", "0").Replace("\"resets_at\":1795950000", "\"resets_at\":null"));

        _home.Import();

        Assert.That(Samples(), Is.EqualTo(new[] { "chatgpt 5h 17:50:10 0.125 1795450000" }));
    }

    [Test]
    public void Older_versions_tell_in_how_many_seconds_a_window_begins_anew()
    {
        Write(OwnThread, Meta(OwnThread), Context(Turn), Record(1), Limits("50:10", 12.5, 77).Replace("\"resets_at\":1795450000", "\"resets_in_seconds\":50"));

        _home.Import();

        Assert.That(Samples(), Does.Contain($"chatgpt 5h 17:50:10 0.125 {new DateTimeOffset(2026, 11, 23, 17, 51, 0, TimeSpan.Zero).ToUnixTimeSeconds()}"));
    }

    private void Write(string thread, params IEnumerable<string> lines) => _home.Write(FileOf(thread), lines);

    private List<string> Samples() =>
    [
        .. _database.Query("SELECT provider || ' ' || window || ' ' || time(observed_at_ms / 1000, 'unixepoch') || ' ' || used_fraction || ' ' || coalesce(resets_at_ms / 1000, '-') AS text FROM limit_sample ORDER BY 1")
            .Select(row => (string)row["text"]!),
    ];
}
