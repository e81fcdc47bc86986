using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>Each pattern beside its nearest neighbour that is none, from the calls alone and from the roll-up.</summary>
public sealed class InsightQueriesTests
{
    private static readonly UsageFilter All = new();

    private readonly TestDatabase _database = new();
    private InsightQueries _insights = null!;

    [SetUp]
    public void SetUp() => _insights = new InsightQueries(_database.Connections);

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Sessions_that_write_more_to_the_cache_than_they_read()
    {
        _database.Write(
            Cached("wasteful", read: 90_000, written5m: 60_000, written1h: 50_000), Cached("good", read: 110_001, written5m: 60_000, written1h: 50_000),
            Cached("small", read: 0, written5m: 50_000, written1h: 50_000), Cached(null, read: 0, written5m: 500_000, written1h: 0));

        foreach (var found in WithAndWithoutRollup(() => _insights.Get(All).CacheHardlyRead))
        {
            Assert.That(found.Select(insight => (insight.About, insight.Calls, insight.Tokens)), Is.EqualTo(new[] { ("wasteful", 1L, 110_000L) }));
            Assert.That(found[0].CostNanoUsd, Is.EqualTo(_database.Scalar<long>("SELECT cost_nano_usd FROM usage WHERE session_id = 'wasteful'")));
        }
    }

    [Test]
    public void Models_that_answer_with_next_to_nothing()
    {
        var tiny = Some.Usage() with { OutputTokens = InsightQueries.TinyOutput };
        UsageRecord[] others =
        [
            tiny with { OutputTokens = InsightQueries.TinyOutput + 1 }, tiny with { OutputTokens = 0 }, tiny with { OutputTokens = null }, tiny with { Outcome = CallOutcome.Incomplete }, tiny with { ToolCalls = [new ToolCall("t1", "Bash")] },
        ];
        _database.Write([.. Enumerable.Range(0, 20).Select(_ => tiny with { Key = Some.Key() }), .. others.Select(other => other with { Key = Some.Key() })]);
        _database.Write([.. Enumerable.Range(0, 19).Select(_ => tiny with { Key = Some.Key(), ResponseModel = "claude-haiku-4-5" })]);

        var cost = _database.Scalar<long>("SELECT sum(cost_nano_usd) FROM usage WHERE output_tokens = 50 AND outcome = 'completed' AND tool_call_count IS NULL AND response_model = 'claude-opus-4-8'");
        foreach (var found in WithAndWithoutRollup(() => _insights.Get(All).TinyAnswers))
        {
            Assert.That(found, Is.EqualTo(new[] { new Insight { About = "claude-opus-4-8", Calls = 20, Tokens = 20 * (1001 + 20_007 + 3003 + 505), CostNanoUsd = cost } }));
        }
    }

    [Test]
    public void Projects_with_calls_of_a_large_context()
    {
        var large = Some.Usage() with { Project = "/a", InputTokens = InsightQueries.LargeContext - 20_007 - 3003 - 505 + 1 };
        _database.Write(large, large with { Key = Some.Key(), InputTokens = large.InputTokens - 1 }, large with { Key = Some.Key(), Project = null });

        foreach (var found in WithAndWithoutRollup(() => _insights.Get(All).LargeContexts))
        {
            Assert.That(found.Select(insight => (insight.About, insight.Calls, insight.Tokens)), Is.EquivalentTo(new[] { ("/a", 1L, 150_001L), (null, 1L, 150_001L) }));
        }
    }

    [TestCase(300_001, null, null, 1)]
    [TestCase(300_000, null, null, 0, Description = "the entry was still there")]
    [TestCase(3_600_000, null, null, 1)]
    [TestCase(3_600_001, null, null, 0, Description = "no cache would have lasted so long")]
    [TestCase(400_000, "agent", null, 0, Description = "another agent's call")]
    [TestCase(400_000, null, "claude-haiku-4-5", 0, Description = "another model's cache")]
    public void Calls_that_come_when_the_cache_is_gone(int pauseMs, string? agent, string? model, int calls)
    {
        var first = Cached("s", read: 0, written5m: 20_000, written1h: 0);
        var second = Cached("s", read: 0, written5m: 21_000, written1h: 0) with { OccurredAt = first.OccurredAt.AddMilliseconds(pauseMs), AgentId = agent };
        _database.Write(first, model is null ? second : second with { ResponseModel = model });

        Assert.That(_insights.Get(All).CacheOutlived.Sum(insight => insight.Calls), Is.EqualTo(calls));
        Assert.That(_insights.Get(All).CacheOutlived.Sum(insight => insight.Tokens), Is.EqualTo(calls * 21_000));
        Assert.That(_insights.Get(new UsageFilter { From = second.OccurredAt }).CacheOutlived.Sum(insight => insight.Calls), Is.EqualTo(calls), "the call before lies before the time asked for");
        Assert.That(_insights.Get(new UsageFilter { To = second.OccurredAt }).CacheOutlived, Is.Empty);
    }

    [Test]
    public void Cost_of_a_pattern_without_a_price_is_unknown_also_beside_a_call_that_failed()
    {
        _database.Write(
            Cached("s", read: 0, written5m: InsightQueries.LargeContext, written1h: 0) with { ResponseModel = "unknown-model" },
            Cached("s", read: 0, written5m: 0, written1h: 0) with { ResponseModel = "unknown-model", Outcome = CallOutcome.Error, InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null });

        foreach (var found in WithAndWithoutRollup(() => _insights.Get(All)))
        {
            Assert.That(found.LargeContexts.Concat(found.CacheHardlyRead).Select(insight => insight.CostNanoUsd), Is.EqualTo(new long?[] { null, null }));
        }
    }

    [Test]
    public void Caching_saved_what_the_price_book_says_call_by_call()
    {
        _database.Write(
            Some.Usage(), Some.Usage() with { OccurredAt = Some.Time.AddHours(1), CacheReadTokens = 0 }, Some.Usage() with { ResponseModel = "claude-haiku-4-5", Speed = null },
            Some.Usage() with { ResponseModel = "unknown-model" }, Some.Usage() with { ResponseModel = "unknown-model", Outcome = CallOutcome.Error, InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null },
            Some.Usage() with { CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null });
        var savings = new CacheSavings(_database.Connections, PriceBooks.Embedded);
        const long opus = (20_007 * 4500) - (3003 * 1250) - (505 * 5000);

        foreach (var found in WithAndWithoutRollup(() => savings.GetByModel(All)))
        {
            Assert.That(found.Select(model => (model.Model, model.SavedNanoUsd)), Is.EquivalentTo(new (string?, long?)[]
            {
                ("claude-opus-4-8", opus + opus - (20_007 * 4500)), ("claude-haiku-4-5", opus / 5), ("unknown-model", null),
            }));
        }
    }

    private static UsageRecord Cached(string? session, long read, long written5m, long written1h) =>
        Some.Usage() with { SessionId = session, CacheReadTokens = read, CacheCreation5mTokens = written5m, CacheCreation1hTokens = written1h };

    private List<T> WithAndWithoutRollup<T>(Func<T> read)
    {
        var results = new List<T> { read() };
        using var rollup = new UsageRollup(_database.Connections, PriceBooks.Embedded, TimeProvider.System);
        while (rollup.Advance(TimeSpan.Zero))
        {
            results.Add(read());
        }

        return results;
    }
}
