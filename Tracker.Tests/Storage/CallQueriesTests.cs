using CsCheck;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class CallQueriesTests
{
    [Test]
    public void Lists_are_what_a_look_at_every_call_would_give_however_far_the_roll_up_is()
    {
        var call = Gen.Select(Gen.Int[0, 30_000_000], Gen.Int[0, 400], Gen.Int[0, 5]);
        Gen.Select(call.Array[1, 60], Gen.Int[0, 60], Gen.Int[1, 5], Gen.Enum<CallOrder>(), Gen.Int[0, 3], Gen.Int[0, 2]).Sample((calls, rolledUp, limit, order, project, outcomes) =>
        {
            var outcome = new[] { null, "completed", "error" }[outcomes];
            using var database = new TestDatabase();
            using var rollup = new UsageRollup(database.Connections, PriceBooks.Embedded, TimeProvider.System);
            var queries = new CallQueries(database.Connections);
            Write(database, calls.Take(rolledUp));
            while (rollup.Advance(TimeSpan.Zero))
            {
            }

            Write(database, calls.Skip(rolledUp));
            var usage = new UsageFilter { From = Some.Time.AddMilliseconds(1_000_000), Project = project == 3 ? null : $"/p{project}" };

            var found = ReadAll(queries, new CallFilter(usage, order, limit, null, outcome));

            var column = order switch { CallOrder.Cost => "coalesce(cost_nano_usd, 0) DESC,", CallOrder.Output => "coalesce(output_tokens, 0) DESC,", CallOrder.Duration => "coalesce(duration_ms, 0) DESC,", _ => "" };
            var direction = order == CallOrder.Oldest ? "ASC" : "DESC";
            var isPaged = order is CallOrder.Newest or CallOrder.Oldest;
            var wanted = database.Query($"""
                SELECT id FROM usage WHERE occurred_at_ms >= {usage.From.ToUnixTimeMilliseconds()}{(usage.Project is null ? "" : $" AND project = '{usage.Project}'")}{(outcome is null ? "" : $" AND outcome = '{outcome}'")}
                ORDER BY {column} occurred_at_ms {direction}, id {direction} LIMIT {(isPaged ? 1000 : limit)}
                """).Select(row => (long)row["id"]!);
            Assert.That(found, Is.EqualTo(wanted), $"{order} {limit} {usage} {outcome}");
        }, iter: Rounds.Of(30, 200));
    }

    [Test]
    public void The_calls_of_a_session_are_found_by_its_index()
    {
        using var database = new TestDatabase();

        var plan = database.Query($"EXPLAIN QUERY PLAN SELECT id FROM usage WHERE occurred_at_ms >= 1 AND occurred_at_ms < 2{new UsageFilter { Session = "s" }.ConditionsOnCalls().Replace("@Session", "'s'", StringComparison.Ordinal)} ORDER BY occurred_at_ms DESC");

        Assert.That(plan.Select(row => row["detail"]), Has.One.Contains("usage_session").And.Contains("occurred_at_ms>?"));
    }

    private static List<long> ReadAll(CallQueries queries, CallFilter filter)
    {
        var found = new List<long>();
        while (true)
        {
            var page = queries.GetCalls(filter);
            found.AddRange(page.Select(call => call.Id));
            if (page.Count < filter.Limit || filter.Order is not (CallOrder.Newest or CallOrder.Oldest))
            {
                return found;
            }

            filter = filter with { After = new CallPosition(page[^1]) };
        }
    }

    // The fourth kind failed, of the last two something is unknown.
    private static void Write(TestDatabase database, IEnumerable<(int Ms, int Output, int Kind)> calls) => database.Write([.. calls.Select(call => Some.Usage() with
    {
        OccurredAt = Some.Time.AddMilliseconds(call.Ms),
        ResponseModel = call.Kind == 4 ? "a-model-nobody-knows" : "claude-opus-4-8",
        OutputTokens = call.Kind == 5 ? null : call.Output,
        DurationMs = call.Kind >= 4 ? null : call.Output * 7 % 100,
        Project = $"/p{call.Kind % 3}",
        Outcome = call.Kind == 3 ? CallOutcome.Error : CallOutcome.Completed,
    })]);
}
