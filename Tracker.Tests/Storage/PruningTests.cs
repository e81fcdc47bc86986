using CsCheck;
using Tracker.Storage.Care;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>Pruned calls leave the list and stay in the sums, whatever is told of them later.</summary>
public sealed class PruningTests
{
    private const int QuarterMs = 900_000;

    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Reports_are_the_same_before_and_after_and_when_all_is_told_again()
    {
        // Calls over two days, the age from which they are pruned, and how far the sums had come at each step.
        var call = Gen.Select(Gen.Int[0, 2 * 24 * 4 * QuarterMs], Gen.Int[0, 5], Gen.Int[1, 5000]);
        Gen.Select(call.Array[1, 60], Gen.Int[0, 2 * 24 * 4 * QuarterMs], Gen.Int[0, 3].Array[4]).Sample((calls, age, advances) =>
        {
            using var database = new TestDatabase();
            UsageRecord[] records = [.. calls.Select((made, index) => CallOf(index, made.Item1, made.Item2, made.Item3))];
            Advance(database, advances[0]);
            database.Write(records);
            Advance(database, advances[1]);
            var before = Reports(database);

            Prune(database, Some.Time.AddMilliseconds(age));
            var after = Reports(database);
            Advance(database, advances[2]);
            var brought = Reports(database);
            database.Write(records);
            Advance(database, advances[3]);
            var again = Reports(database);
            Prune(database, Some.Time.AddMilliseconds(age));
            Advance(database, 1000);

            Assert.That(after, Is.EqualTo(before), "pruned");
            Assert.That(brought, Is.EqualTo(before), "the sums of what is left were made again");
            Assert.That(again, Is.EqualTo(before), "told again");
            Assert.That(Reports(database), Is.EqualTo(before), "pruned again");
            Assert.That(database.Scalar<long>($"SELECT count(*) FROM usage WHERE occurred_at_ms < {Some.Time.ToUnixTimeMilliseconds() + age}"), Is.LessThanOrEqualTo(1), "but for the newest row");
            Assert.That(database.Scalar<long>("SELECT count(*) FROM tool_call WHERE usage_id NOT IN (SELECT id FROM usage)"), Is.Zero);
        }, iter: Rounds.Of(20, 100));
    }

    [Test]
    public void Times_that_follow_each_other_count_each_pruned_call_once()
    {
        _database.Write([.. Enumerable.Range(0, 100).Select(index => CallOf(index, index * 123_457, index % 6, index))]);
        Prune(_database, Some.Time.AddDays(10));
        var statistics = new UsageStatistics(_database.Connections, TimeProvider.System);

        var (first, second) = (Some.Time.AddMilliseconds(1_234_567), Some.Time.AddMilliseconds(7_654_321));
        var parts = new[] { (DateTimeOffset.UnixEpoch, first), (first, second), (second, DateTimeOffset.MaxValue) };

        Assert.That(parts.Sum(part => statistics.GetTotal(new UsageFilter { From = part.Item1, To = part.Item2 }).Calls), Is.EqualTo(100));
    }

    [Test]
    public void Old_call_that_nobody_had_told_of_is_counted_and_can_be_pruned_in_its_turn()
    {
        _database.Write(CallOf(1, 0, 0, 10), CallOf(2, 1000, 0, 10), CallOf(3, 5_000_000, 0, 10));
        Prune(_database, Some.Time.AddMilliseconds(4_000_000));

        _database.Write(CallOf(4, 500, 0, 7));
        Advance(_database, 1000);
        var late = new UsageStatistics(_database.Connections, TimeProvider.System).GetTotal(new UsageFilter());
        _database.Write(CallOf(5, 6_000_000, 0, 10));
        Prune(_database, Some.Time.AddMilliseconds(4_000_000));
        var pruned = new UsageStatistics(_database.Connections, TimeProvider.System).GetTotal(new UsageFilter());

        Assert.That((late.Calls, late.OutputTokens), Is.EqualTo((4, 37)));
        Assert.That((pruned.Calls, pruned.OutputTokens), Is.EqualTo((5, 47)));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(2));
    }

    [Test]
    public void Call_that_a_log_names_otherwise_does_not_come_back_under_that_name()
    {
        _database.Write(CallOf(1, 0, 0, 10), CallOf(2, 5_000_000, 0, 10));
        _database.Execute("INSERT INTO usage_alias SELECT 'gemini-cli:a-prompt-of-theirs', id FROM usage ORDER BY id LIMIT 1");
        Prune(_database, Some.Time.AddMilliseconds(1000));

        _database.Write(CallOf(1, 0, 0, 10) with { Key = UsageKey.OfTranscript("gemini-cli", "a-prompt-of-theirs"), Evidence = Evidence.Transcript });

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage_alias"), Is.Zero);
    }

    [Test]
    public void What_would_be_pruned_is_measured_and_left()
    {
        _database.Write(CallOf(1, 0, 0, 10), CallOf(2, 1000, 0, 10), CallOf(3, 5_000_000, 0, 10));
        using var pruning = new Pruning(_database.Connections, PriceBooks.Embedded, TimeProvider.System, Some.Time.AddMilliseconds(4_000_000));

        var found = pruning.Measure();

        Assert.That((found.Calls, found.FirstAt, found.LastAt), Is.EqualTo((2, Some.Time, Some.Time.AddMilliseconds(1000))));
        Assert.That(found.CostNanoUsd, Is.EqualTo(_database.Scalar<long>("SELECT sum(cost_nano_usd) FROM usage WHERE id < 3")));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(3));
    }

    private static UsageRecord CallOf(int number, int ms, int variant, long output) => Some.Usage() with
    {
        Key = Some.Key(number),
        OccurredAt = Some.Time.AddMilliseconds(ms),
        OutputTokens = output,
        Evidence = variant % 2 == 0 ? Evidence.Wire : Evidence.Transcript,
        ResponseModel = variant == 3 ? "unheard-of" : "claude-opus-4-8",
        Client = variant < 2 ? "codex" : null,
        Project = variant == 1 ? "/project" : null,
        SessionId = variant > 3 ? $"session {variant}" : null,
        Outcome = variant == 2 ? CallOutcome.Incomplete : CallOutcome.Completed,
        ToolCalls = variant == 5 ? [] : [new ToolCall($"tool-{variant}", variant == 3 ? "Read" : "Bash")],
    };

    private static void Prune(TestDatabase database, DateTimeOffset before)
    {
        using var pruning = new Pruning(database.Connections, PriceBooks.Embedded, TimeProvider.System, before);
        while (pruning.Next(TimeSpan.Zero))
        {
        }
    }

    private static void Advance(TestDatabase database, int pieces)
    {
        using var rollup = new UsageRollup(database.Connections, PriceBooks.Embedded, TimeProvider.System);
        while (pieces-- > 0 && rollup.Advance(TimeSpan.Zero))
        {
        }
    }

    /// <summary>Sums by everything that reports tell apart, for all time, for whole quarters, and by days of a zone.</summary>
    private static IReadOnlyList<string> Reports(TestDatabase database)
    {
        var statistics = new UsageStatistics(database.Connections, TimeProvider.System);
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var part = new UsageFilter { From = Some.Time.AddMilliseconds(10 * QuarterMs), To = Some.Time.AddMilliseconds(90 * QuarterMs) };
        return
        [
            .. new[] { new UsageFilter(), part, part with { Client = "codex" }, new UsageFilter { Session = "session 4" }, new UsageFilter { Project = "" } }.SelectMany(filter => (string[])
            [
                statistics.GetTotal(filter).ToString(),
                .. statistics.GetGroups(filter, berlin, Grouping.Hour, Grouping.Model).Select(group => group.ToString()).Order(StringComparer.Ordinal),
                .. statistics.GetGroups(filter, TimeZoneInfo.Utc, Grouping.Client, Grouping.Project, Grouping.Evidence).Select(group => group.ToString()).Order(StringComparer.Ordinal),
                .. statistics.GetSessions(filter, byCost: true, 100).Select(session => session.ToString()),
                .. new CacheSavings(database.Connections, PriceBooks.Embedded).GetByModel(filter).Select(use => use.ToString()).Order(StringComparer.Ordinal),
                .. new SessionStatistics(database.Connections).GetTools(filter).Select(tool => tool.ToString()),
            ]),
            $"{statistics.GetFirstTime()}",
        ];
    }
}
