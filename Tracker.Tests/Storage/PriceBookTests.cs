using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class PriceBookTests
{
    [Test]
    public void Worked_example_of_a_clients_own_figure_is_met_to_the_digit()
    {
        // What Claude Code 2.1.197 said as total_cost_usd: $0.04660225.
        var cost = PriceBook.Embedded.CostOf(Call());

        Assert.That(cost.NanoUsd, Is.EqualTo(46_602_250));
        Assert.That(cost.PriceId, Is.Not.Null);
    }

    [TestCase("claude-sonnet-4-5-20250929", 3_000)]
    [TestCase("claude-haiku-4-5-20251001", 1_000)]
    [TestCase("claude-3-5-haiku-20241022", 800)]
    [TestCase("claude-opus-4-1-20250805", 15_000)]
    [TestCase("claude-sonnet-4-20250514", 3_000)]
    public void Dated_models_have_the_price_of_their_name(string model, long nanoUsdPerInputToken) =>
        Assert.That(PriceBook.Embedded.CostOf(Bare(model, input: 1)).NanoUsd, Is.EqualTo(nanoUsdPerInputToken));

    [TestCase(200_000, 3_000)]
    [TestCase(200_001, 6_000)]
    public void Long_context_is_strictly_above_its_threshold_and_for_the_whole_request(long input, long nanoUsdPerInputToken) =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("claude-sonnet-4-5", input)).NanoUsd, Is.EqualTo(input * nanoUsdPerInputToken));

    [Test]
    public void Cached_tokens_count_in_the_size_of_a_request() =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("claude-sonnet-4-5", input: 1) with { CacheReadTokens = 200_000 }).NanoUsd, Is.EqualTo(6_000 + (200_000L * 600)));

    [Test]
    public void Web_searches_are_billed_by_the_call() =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("claude-opus-4-8", input: 0) with { WebSearchRequests = 3 }).NanoUsd, Is.EqualTo(30_000_000));

    [TestCase("claude-opus-99")]
    [TestCase("claude-opus-4-8-beta")]
    [TestCase("gpt-5")]
    [TestCase("")]
    [TestCase(null)]
    public void Unknown_model_has_no_price(string? model) => Assert.That(PriceBook.Embedded.CostOf(Call() with { Model = model }), Is.EqualTo(default(Cost)));

    [Test]
    public void What_is_not_priced_is_not_guessed()
    {
        Assert.That(PriceBook.Embedded.CostOf(Call() with { Provider = "bedrock" }).NanoUsd, Is.Null);
        Assert.That(PriceBook.Embedded.CostOf(Call() with { Speed = "fast" }).NanoUsd, Is.Null);
        Assert.That(PriceBook.Embedded.CostOf(Call() with { InferenceGeo = "us" }).NanoUsd, Is.Null);
        Assert.That(PriceBook.Embedded.CostOf(Bare("claude-opus-4-8", input: null)).NanoUsd, Is.Null);
    }

    [Test]
    public void Call_that_failed_without_using_a_token_cost_nothing() =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("claude-opus-4-8", input: null) with { Failed = true }), Is.EqualTo(new Cost(0, null)));

    [Test]
    public void Price_is_that_of_the_day()
    {
        var before = Bare("claude-sonnet-5-5", input: 0) with { CacheReadTokens = 1, OccurredAt = new DateTimeOffset(2026, 10, 6, 23, 59, 59, TimeSpan.Zero) };
        var after = before with { OccurredAt = new DateTimeOffset(2026, 10, 7, 0, 0, 0, TimeSpan.Zero) };

        Assert.That((PriceBook.Embedded.CostOf(before).NanoUsd, PriceBook.Embedded.CostOf(after).NanoUsd), Is.EqualTo((200L, 100L)));
    }

    [Test]
    public void Absurd_counts_have_no_cost() =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("claude-opus-4-8", input: long.MaxValue)), Is.EqualTo(default(Cost)));

    // The first request of the worked example.
    private static PricedCall Call() => new()
    {
        OccurredAt = Some.Time,
        Provider = "anthropic",
        Model = "claude-opus-4-8",
        InputTokens = 1001,
        OutputTokens = 311,
        CacheReadTokens = 20007,
        CacheCreation5mTokens = 3003,
        CacheCreation1hTokens = 505,
    };

    private static PricedCall Bare(string model, long? input) => new() { OccurredAt = Some.Time, Provider = "anthropic", Model = model, InputTokens = input };
}
