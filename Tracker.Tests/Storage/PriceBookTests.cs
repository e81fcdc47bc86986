using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>What calls cost, to the nano-dollar.</summary>
public sealed class PriceBookTests
{
    private static readonly DateTimeOffset BeforeSolWasCheaper = new(2026, 8, 20, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Worked_example_of_a_clients_own_figure_is_met_to_the_digit()
    {
        // What Claude Code 2.1.197 said as total_cost_usd: $0.04660225.
        var cost = PriceBook.Embedded.CostOf(Call());

        Assert.That(cost, Is.EqualTo(new Cost(46_602_250, "anthropic/claude-opus-4-8")));
    }

    [TestCase(150_000, 795_000_000, TestName = "Long band of Sonnet 4.5: a request above 200 000 tokens, cached ones counted")]
    [TestCase(140_000, 402_000_000, TestName = "Exactly at the threshold of Sonnet 4.5 is not above it")]
    public void Long_context_of_sonnet(long cacheRead, long nanoUsd)
    {
        var call = Bare("anthropic", "claude-sonnet-4-5", 10_000, 2_000) with { CacheReadTokens = cacheRead, CacheCreation1hTokens = 50_000 };

        Assert.That(PriceBook.Embedded.CostOf(call).NanoUsd, Is.EqualTo(nanoUsd));
    }

    [Test]
    public void Long_context_of_gpt_5_4() =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("openai", "gpt-5.4", 100_000, 1_000) with { CacheReadTokens = 200_000 }).NanoUsd, Is.EqualTo(622_500_000));

    [Test]
    public void Written_cache_of_gpt_5_6_sol_before_and_after_its_price_was_cut()
    {
        var call = Bare("openai", "gpt-5.6-sol", 1_000, 500) with { CacheReadTokens = 4_000, CacheCreation5mTokens = 5_000, OccurredAt = BeforeSolWasCheaper };

        Assert.That(PriceBook.Embedded.CostOf(call), Is.EqualTo(new Cost(53_250_000, "openai/gpt-5.6-sol")));
        Assert.That(PriceBook.Embedded.CostOf(call with { OccurredAt = BeforeSolWasCheaper.AddDays(1) }), Is.EqualTo(new Cost(40_600_000, "openai/gpt-5.6-sol@2026-08-21")));
    }

    [TestCase("claude-opus-4-8", 60_000_000)]
    [TestCase("claude-opus-4-6", 180_000_000)]
    public void Fast_mode(string model, long nanoUsd) =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("anthropic", model, 1_000, 1_000) with { Speed = "fast" }).NanoUsd, Is.EqualTo(nanoUsd));

    [Test]
    public void Price_that_changes_on_a_day_is_that_of_the_calls_day()
    {
        // Sonnet 5 as Anthropic announced it in June 2026. The embedded book has no such step: the rise was called off on 2026-08-10.
        var announced = PriceFiles.Book("""
            { "provider": "anthropic", "prices": [
              { "model": "claude-sonnet-5", "input": 2, "output": 10 },
              { "model": "claude-sonnet-5", "from": "2026-09-01", "input": 3, "output": 15 } ] }
            """);
        var before = Bare("anthropic", "claude-sonnet-5", 1_000_000) with { OccurredAt = new DateTimeOffset(2026, 8, 31, 23, 59, 59, 999, TimeSpan.Zero) };
        var after = before with { OccurredAt = new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero) };

        Assert.That((announced.CostOf(before).NanoUsd, announced.CostOf(after).NanoUsd), Is.EqualTo((2_000_000_000L, 3_000_000_000L)));
        Assert.That(announced.CostOf(after).PriceId, Is.EqualTo("own:anthropic/claude-sonnet-5@2026-09-01"));
    }

    [Test]
    public void Sonnet_5_stayed_at_its_first_price() =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("anthropic", "claude-sonnet-5", 1_000_000)).NanoUsd, Is.EqualTo(2_000_000_000));

    [Test]
    public void Halved_cache_reads_of_sonnet_5_5_count_from_their_day()
    {
        var before = Bare("anthropic", "claude-sonnet-5-5", 0) with { CacheReadTokens = 1, OccurredAt = new DateTimeOffset(2026, 10, 6, 23, 59, 59, TimeSpan.Zero) };
        var after = before with { OccurredAt = new DateTimeOffset(2026, 10, 7, 0, 0, 0, TimeSpan.Zero) };

        Assert.That((PriceBook.Embedded.CostOf(before).NanoUsd, PriceBook.Embedded.CostOf(after).NanoUsd), Is.EqualTo((200L, 100L)));
    }

    [TestCase("gemini", "gemini-4-argon", 12_100_000, 24_200_000)]
    [TestCase("vertex", "gemini-4-argon", 12_100_000, 24_200_000)]
    [TestCase("gemini", "gemini-4-carbon", 12_100_000, 24_200_000)]
    [TestCase("opencode", "gemini-4-argon", 12_100_000, null)]
    [TestCase("openrouter", "google/gemini-4-argon", 12_100_000, null)]
    [TestCase("github-copilot", "gemini-4-argon", 12_100_000, null)]
    [TestCase("gemini", "gemini-4-hydrogen", 9_075_000, 9_075_000)]
    [TestCase("gemini", "gemini-4-neon", 18_150_000, 18_150_000)]
    public void Gemini_4_costs_twice_as_much_from_december_where_google_says_so(string provider, string model, long november, long? december)
    {
        var call = Bare(provider, model, 1_000, 1_000) with { CacheReadTokens = 1_000, OccurredAt = new DateTimeOffset(2026, 11, 30, 23, 59, 59, TimeSpan.Zero) };

        Assert.That(PriceBook.Embedded.CostOf(call).NanoUsd, Is.EqualTo(november));
        Assert.That(PriceBook.Embedded.CostOf(call with { OccurredAt = call.OccurredAt.AddSeconds(1) }).NanoUsd, Is.EqualTo(december));
    }

    [TestCase("gemini-4-neon", "flex", 9_000_000)]
    [TestCase("gemini-4-neon", "priority", 32_400_000)]
    [TestCase("gemini-3.8-flash", "standard", 4_500_000)]
    [TestCase("gemini-3.8-flash", "flex", null)]
    [TestCase("gemini-3.8-flash", "ON_DEMAND", 4_500_000)]
    [TestCase("gemini-3.8-flash", "PROVISIONED_THROUGHPUT", null)]
    public void Tier_of_gemini_decides(string model, string tier, long? nanoUsd) =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("gemini", model, 1_000, 1_000) with { ServiceTier = tier }).NanoUsd, Is.EqualTo(nanoUsd));

    [TestCase("gemini-3.8-flash", 32_500_000)]
    [TestCase("gemini-2.5-pro", null)] // by the prompt, which the number of queries does not tell
    public void Searches_of_gemini_are_billed_by_the_query(string model, long? nanoUsd) =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("gemini", model, 1_000, 1_000) with { WebSearchRequests = 2 }).NanoUsd, Is.EqualTo(nanoUsd));

    [TestCase("gpt-6.2-sol", 272_000, "fast", 1_088_000_000)]
    [TestCase("gpt-6.2-sol", 272_001, null, 1_088_004_000)]
    [TestCase("gpt-6.2-astra", 1_000, null, 8_000_000)]
    [TestCase("gpt-6.2-astra", 1_000, "ultrafast", null)]
    public void Gpt_6_2(string model, long input, string? tier, long? nanoUsd) =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("openai", model, input) with { ServiceTier = tier }).NanoUsd, Is.EqualTo(nanoUsd));

    [Test]
    public void Web_searches_are_billed_by_the_call() =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("anthropic", "claude-opus-4-8", 0) with { WebSearchRequests = 3 }).NanoUsd, Is.EqualTo(30_000_000));

    [Test]
    public void Inference_in_the_us_costs_a_tenth_more_by_the_token_and_nothing_more_by_the_search()
    {
        var call = Bare("anthropic", "claude-opus-4-8", 1_000, 1_000) with { InferenceGeo = "us", WebSearchRequests = 1 };

        Assert.That(PriceBook.Embedded.CostOf(call).NanoUsd, Is.EqualTo(33_000_000 + 10_000_000));
        Assert.That(PriceBook.Embedded.CostOf(call with { Speed = "fast" }).NanoUsd, Is.EqualTo(66_000_000 + 10_000_000));
    }

    [TestCase(null, 4_500_000)]
    [TestCase("default", 4_500_000)]
    [TestCase("auto", 4_500_000)]
    [TestCase("flex", 2_250_000)]
    [TestCase("priority", 9_000_000)]
    [TestCase("scale", null)]
    public void Service_tier_decides(string? tier, long? nanoUsd) =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("openai", "gpt-5.4-mini", 0, 1_000) with { ServiceTier = tier }).NanoUsd, Is.EqualTo(nanoUsd));

    [TestCase("openai")]
    [TestCase("chatgpt")]
    [TestCase("azure")]
    public void Fast_of_openai_is_the_new_word_for_priority(string provider)
    {
        var call = Bare(provider, "gpt-6.1-sol", 1_000, 1_000) with { ServiceTier = "fast" };

        Assert.That(PriceBook.Embedded.CostOf(call), Is.EqualTo(new Cost(24_000_000, "openai/gpt-6.1-sol")));
        Assert.That(PriceBook.Embedded.CostOf(call with { ServiceTier = "priority" }), Is.EqualTo(PriceBook.Embedded.CostOf(call)));
        Assert.That(PriceBook.Embedded.CostOf(call with { Model = "gpt-6.1-terra" }).NanoUsd, Is.EqualTo(12_000_000));
        Assert.That(PriceBook.Embedded.CostOf(Bare("anthropic", "claude-opus-4-8", 1_000) with { ServiceTier = "fast" }).NanoUsd, Is.Null, "Anthropic's is a speed");
    }

    [Test]
    public void Tier_without_a_price_for_long_requests_has_none()
    {
        // openai.com/api-priority-processing: "excludes long context" (read 2026-11).
        var call = Bare("openai", "gpt-5.4", 272_000) with { ServiceTier = "priority" };

        Assert.That(PriceBook.Embedded.CostOf(call).NanoUsd, Is.EqualTo(1_360_000_000));
        Assert.That(PriceBook.Embedded.CostOf(call with { InputTokens = 272_001 }).NanoUsd, Is.Null);
    }

    [TestCase("2026-11-24T00:59:59Z", 150)]
    [TestCase("2026-11-24T01:00:00Z", 300)]
    [TestCase("2026-11-24T04:00:00Z", 150)]
    [TestCase("2026-11-21T02:00:00Z", 150)] // a Saturday
    [TestCase("2026-10-02T02:00:00Z", 150)] // a holiday
    public void Peak_hours_cost_more(string at, long nanoUsd) =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("deepseek", "deepseek-flash", 1) with { OccurredAt = DateTimeOffset.Parse(at) }).NanoUsd, Is.EqualTo(nanoUsd));

    [TestCase("2026-11-27T21:59:59Z", 1)] // a Friday
    [TestCase("2026-11-27T22:00:00Z", 5)]
    [TestCase("2026-11-28T01:59:59Z", 5)] // Saturday, in the hours that began on Friday
    [TestCase("2026-11-28T02:00:00Z", 1)]
    [TestCase("2026-11-28T23:00:00Z", 1)]
    [TestCase("2026-11-30T01:00:00Z", 1)] // Monday, in the hours that would have begun on Sunday
    [TestCase("2026-11-30T22:00:00Z", 5)]
    public void Hours_past_midnight_are_of_the_day_on_which_they_begin(string at, long nanoUsd)
    {
        var book = PriceFiles.Book("""
            { "provider": "x", "prices": [ { "model": "m", "input": 0.001 }, { "model": "m", "hours": "mon-fri 22:00-02:00", "input": 0.005 } ] }
            """);

        Assert.That(book.CostOf(Bare("x", "m", 1) with { OccurredAt = DateTimeOffset.Parse(at) }).NanoUsd, Is.EqualTo(nanoUsd));
    }

    [TestCase("X")]
    [TestCase("x-inc")]
    public void Prices_of_a_model_belong_together_however_its_provider_is_written(string provider)
    {
        var book = PriceFiles.Book($$"""
            {
              "provider": "x", "also_called": [ "x-inc" ],
              "prices": [ { "model": "m", "input": 1 }, { "provider": "{{provider}}", "model": "m", "from": "2026-06-01", "input": 2 } ],
              "aliases": [ { "name": "a", "model": "m" }, { "provider": "{{provider}}", "name": "a", "model": "none", "from": "2026-09-01" } ]
            }
            """);

        Assert.That(book.Find("x", "m")!.At(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero))?.Id, Does.EndWith("x/m"));
        Assert.That(book.Find("x", "m")!.At(new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero))?.Id, Does.EndWith("x/m@2026-06-01"));
        Assert.That(book.Find("x", "a")!.At(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero))?.Id, Does.EndWith("x/m"));
    }

    [Test]
    public void Fraction_of_a_nano_dollar_is_rounded_once_for_the_whole_call()
    {
        // $0.0375 per million is 37.5 nano-USD per token.
        var call = Bare("cohere", "command-r7b-12-2024", 1);

        Assert.That(PriceBook.Embedded.CostOf(call).NanoUsd, Is.EqualTo(38));
        Assert.That(PriceBook.Embedded.CostOf(call with { InputTokens = 2 }).NanoUsd, Is.EqualTo(75));
        Assert.That(PriceBook.Embedded.Explain(call).Breakdown!.Exact, Is.EqualTo(37.5m));
    }

    [Test]
    public void Cache_that_has_a_price_for_one_lifetime_has_none_for_the_other()
    {
        var book = PriceFiles.Book("""{ "provider": "x", "prices": [ { "model": "m", "input": 3, "cache_creation_1h": 6, "output": 4 } ] }""");

        Assert.That(book.CostOf(Bare("x", "m", 0) with { CacheCreation1hTokens = 1_000 }).NanoUsd, Is.EqualTo(6_000_000));
        Assert.That(book.CostOf(Bare("x", "m", 0) with { CacheCreation5mTokens = 1_000 }).NanoUsd, Is.Null);
    }

    [Test]
    public void What_is_unknown_is_not_guessed()
    {
        Assert.That(PriceBook.Embedded.CostOf(Call() with { Provider = "somebody" }).NanoUsd, Is.Null);
        Assert.That(PriceBook.Embedded.CostOf(Call() with { Provider = null }).NanoUsd, Is.Null);
        Assert.That(PriceBook.Embedded.CostOf(Call() with { Model = "claude-opus-4-5", Speed = "fast" }).NanoUsd, Is.Null);
        Assert.That(PriceBook.Embedded.CostOf(Call() with { Speed = "ludicrous" }).NanoUsd, Is.Null);
        Assert.That(PriceBook.Embedded.CostOf(Call() with { InferenceGeo = "eu" }).NanoUsd, Is.Null);
        Assert.That(PriceBook.Embedded.CostOf(Call() with { ServiceTier = "priority", Speed = "fast" }).NanoUsd, Is.Null);
        Assert.That(PriceBook.Embedded.CostOf(Call() with { ServiceTier = "priority" }).NanoUsd, Is.Null);
        Assert.That(PriceBook.Embedded.CostOf(Bare("anthropic", "claude-opus-4-8", null, null)).NanoUsd, Is.Null);
        Assert.That(PriceBook.Embedded.CostOf(Bare("bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0", 1) with { CacheCreation1hTokens = 1 }).NanoUsd, Is.Null);
    }

    [TestCase(100, null, false, "its output tokens are unknown")]
    [TestCase(100, null, true, "its output tokens are unknown")]
    [TestCase(null, 50, false, "its input tokens are unknown")]
    [TestCase(null, null, false, "its tokens are unknown")]
    [TestCase(null, null, true, "it failed without using a token")]
    public void Unknown_count_is_not_billed_as_none(int? input, int? output, bool failed, string why)
    {
        var call = Bare("openai", "gpt-4o-2024-08-06", input, output) with { Failed = failed };

        Assert.That(PriceBook.Embedded.CostOf(call).NanoUsd, Is.EqualTo(failed && input is null ? 0 : null));
        Assert.That(PriceBook.Embedded.Explain(call).Why, Is.EqualTo(why));
        Assert.That(PriceBook.Embedded.CostOf(call with { InputTokens = 100, OutputTokens = 50 }).NanoUsd, Is.EqualTo(750_000));
    }

    [Test]
    public void Call_that_failed_without_using_a_token_cost_nothing() =>
        Assert.That(PriceBook.Embedded.CostOf(Bare("anthropic", "claude-opus-4-8", null, null) with { Failed = true }), Is.EqualTo(new Cost(0, null)));

    [TestCase("ollama", "qwen3:32b", 0)]
    [TestCase("ollama", "gpt-oss:120b-cloud", null)]
    [TestCase("lmstudio", "anything", 0)]
    public void Models_on_the_users_own_machine_cost_nothing(string provider, string model, long? nanoUsd) =>
        Assert.That(PriceBook.Embedded.CostOf(Bare(provider, model, 1_000, 1_000)).NanoUsd, Is.EqualTo(nanoUsd));

    [Test]
    public void Absurd_counts_have_no_cost()
    {
        var absurd = Bare("anthropic", "claude-opus-4-8", long.MaxValue) with { CacheReadTokens = long.MaxValue };

        Assert.That(PriceBook.Embedded.CostOf(absurd), Is.EqualTo(default(Cost)));
        Assert.That(PriceBook.Embedded.CostOf(absurd with { CacheReadTokens = null }), Is.EqualTo(default(Cost)));
        Assert.That(PriceBook.Embedded.Explain(absurd).Why, Is.Not.Null);
    }

    [Test]
    public void Parts_and_savings_of_a_call_can_be_shown()
    {
        var breakdown = PriceBook.Embedded.Explain(Call() with { WebSearchRequests = 1 }).Breakdown!;

        Assert.That((breakdown.Input, breakdown.CacheRead, breakdown.CacheCreation5m, breakdown.CacheCreation1h, breakdown.Output, breakdown.Fees),
            Is.EqualTo((5_005_000m, 10_003_500m, 18_768_750m, 5_050_000m, 7_775_000m, 10_000_000m)));
        Assert.That(breakdown.TotalNanoUsd, Is.EqualTo(46_602_250 + 10_000_000));
        // The same with 24 516 tokens of fresh input.
        Assert.That(breakdown.SavedByCaching, Is.EqualTo((24_516 * 5_000m) + 7_775_000 + 10_000_000 - 56_602_250));
    }

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

    private static PricedCall Bare(string provider, string model, long? input, long? output = 0) =>
        new() { OccurredAt = Some.Time, Provider = provider, Model = model, InputTokens = input, OutputTokens = output };
}
