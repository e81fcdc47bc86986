using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class UsageStatisticsTests
{
    private readonly TestDatabase _database = new();
    private UsageStatistics _statistics = null!;

    [SetUp]
    public void SetUp() => _statistics = new UsageStatistics(_database.Connections, new FakeTimeProvider(Some.Time.AddYears(1)));

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Totals_add_the_parts_and_count_what_is_missing_from_them()
    {
        _database.Write(
            Some.Usage() with { ReasoningTokens = 42, WebSearchRequests = 1, ToolCalls = [new ToolCall("t1", "Bash"), new ToolCall("t2", "Read")], DurationMs = 1500 },
            Some.Usage() with { ResponseModel = "unknown-model" },
            Some.Usage() with { Outcome = CallOutcome.Error, InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null, StatusCode = 529 },
            Some.Usage() with { InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null },
            Some.Usage() with { OccurredAt = Some.Time.AddDays(-40) });

        foreach (var total in WithAndWithoutRollup(() => _statistics.GetTotal(new UsageFilter { From = Some.Time.AddDays(-1) })))
        {
            Assert.That(total, Is.EqualTo(new UsageSums
            {
                Calls = 4,
                InputTokens = 2 * 1001,
                OutputTokens = 2 * 311,
                ReasoningTokens = 42,
                CacheReadTokens = 2 * 20007,
                CacheCreation5mTokens = 2 * 3003,
                CacheCreation1hTokens = 2 * 505,
                WebSearchRequests = 1,
                ToolCalls = 2,
                CostNanoUsd = 46_602_250 + 10_000_000,
                UnpricedCalls = 2,
                UncountedCalls = 1,
                FailedCalls = 1,
                DurationMs = 1500,
                FirstAt = Some.Time,
                LastAt = Some.Time,
            }));
        }
    }

    [Test]
    public void Quarter_that_begins_with_another_time_is_of_that_time()
    {
        var change = new DateTimeOffset(2026, 10, 25, 1, 0, 0, TimeSpan.Zero); // In Berlin 3 o'clock becomes 2.
        _database.Write(Some.Usage() with { OccurredAt = change.AddMilliseconds(-1) }, Some.Usage() with { OccurredAt = change });

        foreach (var hours in WithAndWithoutRollup(() => _statistics.GetGroups(new UsageFilter(), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), Grouping.Hour)))
        {
            Assert.That(hours.Select(hour => (hour.Hour, hour.Calls)), Is.EqualTo(new[] { ((int?)2, 2L) }));
        }
    }

    [Test]
    public void First_and_last_time_are_right_in_whatever_order_calls_are_summed()
    {
        using var rollup = new UsageRollup(_database.Connections, PriceBooks.Embedded, TimeProvider.System);
        foreach (var minute in (int[])[1, 0, 2])
        {
            _database.Write(Some.Usage() with { OccurredAt = Some.Time.AddMinutes(minute) });
            rollup.Advance(TimeSpan.FromMinutes(1));
        }

        var total = _statistics.GetTotal(new UsageFilter());
        Assert.That((total.Calls, total.FirstAt, total.LastAt), Is.EqualTo((3, Some.Time, Some.Time.AddMinutes(2))));
    }

    [Test]
    public void Sessions_that_cost_the_same_are_in_the_order_of_their_ids()
    {
        _database.Write(Some.Usage() with { SessionId = "b" }, Some.Usage() with { SessionId = "a" });

        Assert.That(_statistics.GetSessions(new UsageFilter(), byCost: true, limit: 1).Single().Sums.Session, Is.EqualTo("a"));
    }

    [Test]
    public void Nothing_is_zero_and_the_sum_of_unknown_prices_is_unknown()
    {
        Assert.That(_statistics.GetTotal(new UsageFilter()), Is.EqualTo(new UsageSums { CostNanoUsd = 0 }));
        Assert.That(_statistics.GetGroups(new UsageFilter(), TimeZoneInfo.Utc, Grouping.Model), Is.Empty);

        _database.Write(Some.Usage() with { ResponseModel = "unknown-model" });

        Assert.That(WithAndWithoutRollup(() => _statistics.GetTotal(new UsageFilter())), Has.All.Property("CostNanoUsd").Null.And.All.Property("UnpricedCalls").EqualTo(1));

        _database.Write(Some.Usage() with { Outcome = CallOutcome.Error, InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null });

        Assert.That(WithAndWithoutRollup(() => _statistics.GetTotal(new UsageFilter())), Has.All.Property("CostNanoUsd").Null, "a call that failed costs nothing, and makes nothing known of the others");
        Assert.That(UsageSums.Of(_statistics.GetGroups(new UsageFilter(), TimeZoneInfo.Utc, Grouping.Model)).CostNanoUsd, Is.Null);
    }

    [Test]
    public void Window_that_a_clock_ahead_of_now_told_of_hides_nothing()
    {
        _database.Write(
            Some.Usage() with { Limits = [new LimitSample("5h", Some.Time.AddHours(2), 0.1, ResetsAt: null)] },
            Some.Usage() with { Limits = [new LimitSample("5h", Some.Time, 0.95, ResetsAt: null)] });

        Assert.That(new LimitQueries(_database.Connections, new FakeTimeProvider(Some.Time.AddMinutes(10))).GetLatest().Select(window => window.UsedFraction), Is.EqualTo([0.95]));
    }

    [Test]
    public void Drive_of_a_project_is_one_however_its_letter_is_written()
    {
        _database.Write(Some.Usage() with { Project = @"w:\scripts" }, Some.Usage() with { Project = @"W:\scripts" }, Some.Usage() with { Project = "c:relative" });

        Assert.That(_statistics.GetGroups(new UsageFilter(), TimeZoneInfo.Utc, Grouping.Project).Select(group => (group.Project, group.Calls)), Is.EquivalentTo([(@"W:\scripts", 2L), ("c:relative", 1L)]));
        Assert.That(_statistics.GetTotal(new UsageFilter { Project = @"w:\scripts" }).Calls, Is.EqualTo(2));
    }

    [Test]
    public void Drives_of_earlier_calls_are_made_one_and_so_are_their_sums()
    {
        _database.Write(Some.Usage() with { Project = @"W:\scripts" }, Some.Usage() with { Project = @"W:\scripts" });
        _database.Execute(@"UPDATE usage SET project = 'w:\scripts' WHERE id = 1");
        _ = WithAndWithoutRollup(() => 0);
        _database.Execute("INSERT INTO pruned_rollup SELECT * FROM usage_rollup");

        _database.Execute("ALTER TABLE usage DROP COLUMN model_stepped_in; PRAGMA user_version = 12");
        using var migrated = new TestDatabase(_database.Folder);
        migrated.Connections.Open().Dispose();

        Assert.That(WithAndWithoutRollup(() => _statistics.GetGroups(new UsageFilter(), TimeZoneInfo.Utc, Grouping.Project).Single()).Select(group => (group.Project, group.Calls)), Is.All.EqualTo((@"W:\scripts", 4L)));
    }

    [TestCase(new long[] { }, null, 0)]
    [TestCase(new long[] { 0 }, null, 0)]
    [TestCase(new long[] { }, 1, null)]
    [TestCase(new long[] { 0 }, 1, null)]
    [TestCase(new long[] { 5, 2 }, 1, 7)]
    public void Several_costs_are_what_is_known_of_them_unless_that_is_nothing(long[] known, int? unknown, int? sum) =>
        Assert.That(UsageSums.KnownCost([.. known, .. Enumerable.Repeat((long?)null, unknown ?? 0)]), Is.EqualTo((long?)sum));

    [Test]
    public void Groups_are_told_apart_by_what_is_asked_for_and_unknown_is_null()
    {
        _database.Write(
            Some.Usage() with { Client = "codex", Project = "/a", SessionId = "s1", AuthMode = AuthMode.ApiKey },
            Some.Usage() with { Client = "codex", Project = "/b", SessionId = "s2", ResponseModel = null, RequestModel = "claude-haiku-4-5" },
            Some.Usage() with { Client = null, Evidence = Evidence.Transcript, ResponseModel = null });

        foreach (var groups in WithAndWithoutRollup(() => _statistics.GetGroups(new UsageFilter(), TimeZoneInfo.Utc, Grouping.Client, Grouping.Model)))
        {
            Assert.That(groups.Select(group => (group.Client, group.Model, group.Calls)), Is.EquivalentTo(new[]
            {
                ("codex", "claude-opus-4-8", 1L), ("codex", "claude-haiku-4-5", 1L), ((string?)null, (string?)null, 1L),
            }));
        }

        foreach (var (filter, calls) in new (UsageFilter, long)[]
        {
            (new UsageFilter { Client = "codex" }, 2), (new UsageFilter { Client = "" }, 1), (new UsageFilter { Project = "/a" }, 1), (new UsageFilter { Session = "s2" }, 1),
            (new UsageFilter { Model = "claude-haiku-4-5" }, 1), (new UsageFilter { Provider = "anthropic" }, 3), (new UsageFilter { Provider = "x' OR 1=1 --" }, 0),
        })
        {
            Assert.That(WithAndWithoutRollup(() => _statistics.GetTotal(filter).Calls), Is.All.EqualTo(calls), filter.ToString());
        }
    }

    [TestCase("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999Z")] // 23 hours
    [TestCase("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999Z")] // 25 hours
    [TestCase("America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59.999Z")]
    [TestCase("Asia/Kolkata", "2026-11-23", "2026-11-22T18:30:00Z", "2026-11-23T18:29:59.999Z")]
    [TestCase("Asia/Kathmandu", "2026-11-23", "2026-11-22T18:15:00Z", "2026-11-23T18:14:59.999Z")]
    [TestCase("Pacific/Kiritimati", "2026-11-24", "2026-11-23T10:00:00Z", "2026-11-24T09:59:59.999Z")]
    public void Days_are_those_of_the_zone_also_where_the_clock_is_changed(string zone, string day, string first, string last)
    {
        var (from, to) = (DateTimeOffset.Parse(first), DateTimeOffset.Parse(last));
        _database.Write(
            Some.Usage() with { OccurredAt = from.AddMilliseconds(-1) }, Some.Usage() with { OccurredAt = from }, Some.Usage() with { OccurredAt = to }, Some.Usage() with { OccurredAt = to.AddMilliseconds(1) },
            Some.Usage() with { OccurredAt = from.AddDays(-200) });

        foreach (var days in WithAndWithoutRollup(() => _statistics.GetGroups(new UsageFilter(), TimeZoneInfo.FindSystemTimeZoneById(zone), Grouping.Day)))
        {
            Assert.That(days.Single(group => group.Day == DateOnly.Parse(day)).Calls, Is.EqualTo(2));
            Assert.That(days.Sum(group => group.Calls), Is.EqualTo(5));
        }
    }

    [TestCase("UTC")]
    [TestCase("America/New_York")]
    [TestCase("Pacific/Kiritimati")]
    public void Every_moment_there_is_has_a_day_and_is_in_a_time_that_is_open(string zone)
    {
        var times = new[] { "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.001Z", "1969-07-20T20:17:40Z", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z" }.Select(DateTimeOffset.Parse).ToList();
        _database.Write([.. times.Select(time => Some.Usage() with { OccurredAt = time })]);
        var byDay = () => _statistics.GetGroups(new UsageFilter(), TimeZoneInfo.FindSystemTimeZoneById(zone), Grouping.Day);

        Assert.That(WithAndWithoutRollup(() => byDay().Sum(day => day.Calls)), Has.All.EqualTo(6));
        Assert.That(byDay().Select(day => day.Day!.Value.Year).Distinct(), Is.EquivalentTo(new[] { 1, 1969, zone == "UTC" ? 1970 : 1969, 9999 }.Distinct()));

        _database.Execute("UPDATE usage SET output_tokens = 1"); // Every quarter is stale.
        Assert.That(WithAndWithoutRollup(() => (byDay().Sum(day => day.Calls), _statistics.GetTotal(new UsageFilter()).OutputTokens)), Has.All.EqualTo((6, 6)));
        foreach (var (from, to) in times.Zip(times.Skip(1)))
        {
            Assert.That(_statistics.GetTotal(new UsageFilter { From = from, To = to }).Calls, Is.EqualTo(1), $"{from:O} to {to:O}");
        }
    }

    [Test]
    public void Call_that_gets_the_place_of_removed_ones_is_summed()
    {
        using var rollup = new UsageRollup(_database.Connections, PriceBooks.Embedded, TimeProvider.System);
        _database.Write(Some.Usage(), Some.Usage(), Some.Usage());
        while (rollup.Advance(TimeSpan.Zero))
        {
        }

        _database.Write(Some.Usage()); // Not in the sums yet.
        _database.Execute("DELETE FROM usage WHERE id = 3");
        _database.Execute("DELETE FROM usage WHERE id = 4");
        _database.Write(Some.Usage() with { OccurredAt = Some.Time.AddDays(1) });

        Assert.That(_statistics.GetTotal(new UsageFilter()).Calls, Is.EqualTo(3));
    }

    [Test]
    public void Several_stale_quarters_and_new_calls_are_one_piece_of_work()
    {
        using var rollup = new UsageRollup(_database.Connections, PriceBooks.Embedded, TimeProvider.System);
        _database.Write([.. Enumerable.Range(0, 20).Select(number => Some.Usage() with { OccurredAt = Some.Time.AddHours(number) })]);
        while (rollup.Advance(TimeSpan.Zero))
        {
        }

        _database.Execute("UPDATE usage SET output_tokens = 1");
        _database.Write(Some.Usage());

        Assert.That(rollup.Advance(TimeSpan.Zero)); // One at least.
        Assert.That((rollup.Stale, rollup.Pending), Is.EqualTo((19L, 1L)));
        Assert.That(rollup.Advance(TimeSpan.FromMinutes(1)));
        Assert.That((rollup.Stale, rollup.Pending), Is.EqualTo((0L, 0L)));
        Assert.That(rollup.Advance(TimeSpan.FromMinutes(1)), Is.False);
        Assert.That(_statistics.GetTotal(new UsageFilter()).Calls, Is.EqualTo(21));
    }

    [Test]
    public void Sums_are_exact_at_any_moment_whatever_was_rolled_up_before_and_changed_since()
    {
        // What is done to the database, in any order: calls come, are merged, are removed, and the roll-up goes on by a piece.
        var step = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 11], Gen.Int[0, 40_000_000], Gen.Int[0, 3]);
        step.Array[1, 40].Sample(steps =>
        {
            using var database = new TestDatabase();
            var statistics = new UsageStatistics(database.Connections, TimeProvider.System);
            using var rollup = new UsageRollup(database.Connections, PriceBooks.Embedded, TimeProvider.System);
            foreach (var (kind, key, ms, variant) in steps)
            {
                Do(database, rollup, kind, key, ms, variant);
                AssertExact(database, statistics);
                AssertToolsExact(database);
                AssertClientsExact(database);
                AssertUnpricedExact(database);
            }

            while (rollup.Advance(TimeSpan.Zero))
            {
            }

            AssertExact(database, statistics);
            Assert.That(database.Scalar<long>("SELECT count(*) FROM rollup_stale"), Is.Zero);
        }, iter: Rounds.Of(20, 100));
    }

    private static void Do(TestDatabase database, UsageRollup rollup, int kind, int key, int ms, int variant)
    {
        if (kind < 2)
        {
            rollup.Advance(TimeSpan.Zero);
        }
        else if (kind == 2)
        {
            using var connection = database.Connections.Open();
            Dapper.SqlMapper.Execute(connection, $"DELETE FROM usage WHERE id = (SELECT max(id) FROM usage) - {variant % 2}");
        }
        else
        {
            database.Write(Some.Usage() with
            {
                Key = Some.Key(key),
                OccurredAt = Some.Time.AddMilliseconds(ms),
                Evidence = variant % 2 == 0 ? Evidence.Wire : Evidence.Transcript,
                OutputTokens = 300 + ms % 7,
                ResponseModel = variant == 3 ? "other-model" : "claude-opus-4-8",
                Project = variant == 1 ? "/project" : null,
                Provider = key % 5 == 0 ? null : "anthropic",
                Client = key % 4 == 0 ? null : $"client-{key % 3}",
                AgentId = key % 2 == 0 ? "agent" : null,
                Quality = key % 3 == 0 ? CountQuality.Partial : CountQuality.Final,
                Outcome = variant == 2 || key % 3 == 0 ? CallOutcome.Incomplete : CallOutcome.Completed,
                ToolCalls = [new ToolCall($"tool-{variant % 3}", variant == 3 ? "Read" : "Write")],
            });
        }
    }

    private static void AssertExact(TestDatabase database, UsageStatistics statistics)
    {
        foreach (var (from, to) in new[] { (DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue), (Some.Time.AddMilliseconds(1_234_567), Some.Time.AddMilliseconds(23_456_789)), (Some.Time.AddSeconds(1), Some.Time.AddSeconds(2)) })
        {
            var filter = new UsageFilter { From = from, To = to };
            var wanted = database.Query($"""
                SELECT model, evidence, count(*) AS calls, sum(output_tokens) AS output, sum(cost_nano_usd) AS cost, sum(outcome <> 'completed') AS failed, sum(tool_call_count) AS tools,
                       min(occurred_at_ms) AS first, max(occurred_at_ms) AS last
                FROM   (SELECT *, coalesce(response_model, request_model) AS model FROM usage)
                WHERE  occurred_at_ms >= {from.ToUnixTimeMilliseconds()} AND occurred_at_ms < {to.ToUnixTimeMilliseconds()} GROUP BY 1, 2 ORDER BY 1, 2
                """).Select(row => string.Join(' ', row.Values));
            var found = statistics.GetGroups(filter, TimeZoneInfo.Utc, Grouping.Model, Grouping.Evidence)
                .OrderBy(group => group.Model, StringComparer.Ordinal).ThenBy(group => group.Evidence)
                .Select(group => string.Join(' ', group.Model, (long)group.Evidence, group.Calls, group.OutputTokens, group.CostNanoUsd, group.FailedCalls, group.ToolCalls, group.FirstAt!.Value.ToUnixTimeMilliseconds(), group.LastAt!.Value.ToUnixTimeMilliseconds()));

            Assert.That(found, Is.EqualTo(wanted), $"{from} to {to}");
        }
    }

    private static void AssertToolsExact(TestDatabase database)
    {
        var wanted = database.Query("SELECT name, count(*) AS calls FROM tool_call GROUP BY name").Select(row => string.Join(' ', row.Values));

        var found = new SessionStatistics(database.Connections).GetTools(new UsageFilter { From = DateTimeOffset.UnixEpoch, To = DateTimeOffset.MaxValue }).Select(tool => $"{tool.Name} {tool.Calls}");

        Assert.That(found, Is.EquivalentTo(wanted));
    }

    private static void AssertClientsExact(TestDatabase database)
    {
        var wanted = database.Query("""
            SELECT client, count(*) AS calls, max(occurred_at_ms) AS last, sum(agent_id IS NOT NULL AND evidence = 2 AND quality = 1 AND outcome = 'incomplete') AS unfinished
            FROM   usage WHERE evidence & 2 AND client IS NOT NULL GROUP BY client
            """).Select(row => string.Join(' ', row.Values));

        var found = new ImportStatus(database.Connections).ReadClients().Select(client => $"{client.Client} {client.Calls} {client.LastCall.ToUnixTimeMilliseconds()} {client.UnfinishedSubAgentCalls}");

        Assert.That(found, Is.EquivalentTo(wanted));
    }

    private static void AssertUnpricedExact(TestDatabase database)
    {
        var wanted = database.Query("""
            SELECT provider, coalesce(response_model, request_model) AS model, count(*) AS calls, max(occurred_at_ms) AS last
            FROM   usage WHERE cost_nano_usd IS NULL AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL) GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 2
            """).Select(row => string.Join(' ', row.Values));

        var found = new PricingQueries(database.Connections).GetUnpricedModels(2).Select(model => $"{model.Provider} {model.Model} {model.Calls} {model.LastAt.ToUnixTimeMilliseconds()}");

        Assert.That(found, Is.EqualTo(wanted));
    }

    /// <summary>The answer from the calls alone, with the roll-up half done, and from the roll-up alone.</summary>
    private List<T> WithAndWithoutRollup<T>(Func<T> read)
    {
        var results = new List<T> { read() };
        using var rollup = new UsageRollup(_database.Connections, PriceBooks.Embedded, TimeProvider.System);
        while (rollup.Advance(TimeSpan.Zero))
        {
            results.Add(read());
        }

        Assert.That(rollup.Pending, Is.Zero);
        return results;
    }
}
