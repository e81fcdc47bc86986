using System.Globalization;
using System.Text;
using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>What a refresh takes from the public tables. Their shapes: genai-prices' data.json (2026-09), LiteLLM's model_prices_and_context_window.json (2026-07).</summary>
public sealed class PriceRefreshTests
{
    private static readonly DateOnly Today = new(2026, 11, 25);

    [TestCase(true)]
    [TestCase(false)]
    public void New_model_and_changed_price_are_taken_and_what_agrees_is_left(bool genai)
    {
        var refreshed = Read(PublicTables.Of(genai, ("anthropic", "claude-opus-4-8", 5, 25, 0.5m), ("anthropic", "claude-opus-4-7", 4, 20, 0.4m), ("openai", "gpt-99", 1, 2, 0.1m)));

        Assert.That(refreshed.Changes, Has.Member(new PriceChange("anthropic", "claude-opus-4-7", "5 in, 0.5 cached, 25 out", "4 in, 0.4 cached, 20 out")));
        Assert.That(refreshed.Changes, Has.Member(new PriceChange("openai", "gpt-99", null, "1 in, 0.1 cached, 2 out")));
        Assert.That(refreshed.Changes.Select(change => change.Model), Has.None.EqualTo("claude-opus-4-8"));
    }

    [Test]
    public void Changed_price_counts_from_the_day_of_the_refresh_and_history_keeps_its_own()
    {
        var book = Book(Read(PublicTables.Of(genai: true, ("anthropic", "claude-opus-4-7", 4, 20, 0.4m))));
        var match = book.Find("anthropic", "claude-opus-4-7")!;

        Assert.That(match.At(new DateTimeOffset(2026, 11, 24, 23, 59, 0, TimeSpan.Zero))!.Figures.Single(figures => figures.Tier is null).Input, Is.EqualTo(5));
        Assert.That(match.At(new DateTimeOffset(2026, 11, 25, 0, 0, 0, TimeSpan.Zero))!.Figures.Single(figures => figures.Tier is null).Input, Is.EqualTo(4));
    }

    [Test]
    public void Price_that_agrees_keeps_its_tiers_and_regions()
    {
        var book = Book(Read(PublicTables.Of(genai: true, ("anthropic", "claude-opus-4-8", 5, 25, 0.5m))));
        var call = new PricedCall { OccurredAt = Some.Time, Provider = "anthropic", Model = "claude-opus-4-8", InputTokens = 1000, OutputTokens = 1000, Speed = "fast" };

        Assert.That(book.CostOf(call), Is.EqualTo(new Cost(60_000_000, "anthropic/claude-opus-4-8")));
    }

    [Test]
    public void Bands_dates_and_caches_of_genai_prices_are_understood()
    {
        var refreshed = Read(PublicTables.Of(genai: true).Replace("[{\"id\":\"openai\"", """
            [{"id":"xai-unknown","models":[]},{"id":"x-ai","models":[
            {"id":"grok-9","match":{"or":[{"equals":"grok-9"},{"equals":"grok-9-latest"}]},"prices":[
              {"prices":{"input_mtok":2,"output_mtok":6}},
              {"constraint":{"type":"start_date","start_date":"2026-12-01"},"prices":{"input_mtok":{"base":1,"tiers":[{"start":200000,"price":2}]},"cache_read_mtok":0.1,"output_mtok":{"base":3,"tiers":[{"start":200000,"price":6}]}}}]},
            {"id":"grok-9-voice","match":{"equals":"grok-9-voice"},"prices":{"input_mtok":1,"input_audio_mtok":10}},
            {"id":"grok-9-old","deprecated":true,"match":{"equals":"grok-9-old"},"prices":{"input_mtok":1}}]},{"id":"openai"
            """, StringComparison.Ordinal));
        var book = Book(refreshed);
        var call = new PricedCall { OccurredAt = Some.Time, Provider = "xai", Model = "grok-9", InputTokens = 200_001, OutputTokens = 0 };

        Assert.That(book.CostOf(call).NanoUsd, Is.EqualTo(400_002_000));
        Assert.That(book.CostOf(call with { OccurredAt = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero) }).NanoUsd, Is.EqualTo(400_002_000));
        Assert.That(book.CostOf(call with { OccurredAt = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero), InputTokens = 200_000 }).NanoUsd, Is.EqualTo(200_000_000));
        Assert.That((book.Find("xai", "grok-9-voice"), book.Find("xai", "grok-9-old")), Is.EqualTo(((PriceMatch?)null, (PriceMatch?)null)));
    }

    [Test]
    public void Bands_and_lifetimes_of_litellm_are_understood()
    {
        var refreshed = Read(PublicTables.Of(genai: false).Replace("{\"sample_spec\":{}", """
            {"sample_spec":{},
            "xai/grok-9":{"litellm_provider":"xai","mode":"chat","input_cost_per_token":3e-6,"input_cost_per_token_above_200k_tokens":6e-06,"output_cost_per_token":1.5e-05,"output_cost_per_token_above_200k_tokens":2.25e-05,
              "cache_creation_input_token_cost":3.75e-06,"cache_creation_input_token_cost_above_1hr":6e-06,"cache_read_input_token_cost":3e-07},
            "grok-9-image":{"litellm_provider":"xai","mode":"image_generation","output_cost_per_image":1},
            "grok-9-audio":{"litellm_provider":"xai","mode":"chat","input_cost_per_token":1e-6,"input_cost_per_audio_token":1e-5}
            """, StringComparison.Ordinal));
        var book = Book(refreshed);
        var call = new PricedCall { OccurredAt = Some.Time, Provider = "xai", Model = "grok-9", InputTokens = 1000, CacheCreation1hTokens = 10, CacheReadTokens = 10, OutputTokens = 1 };

        Assert.That(book.CostOf(call).NanoUsd, Is.EqualTo(3_000_000 + 60_000 + 3_000 + 15_000));
        Assert.That(book.CostOf(call with { CacheReadTokens = 0, CacheCreation1hTokens = 0, InputTokens = 200_001 }).NanoUsd, Is.EqualTo((200_001 * 6_000L) + 22_500));
        Assert.That((book.Find("xai", "grok-9-image"), book.Find("xai", "grok-9-audio")), Is.EqualTo(((PriceMatch?)null, (PriceMatch?)null)));
    }

    [TestCase("anthropic", "anthropic", "claude-sonnet-4-5", 2.5, 4.0)]
    [TestCase("anthropic", "anthropic", "claude-sonnet-4-5", 0.1, 0.16)]
    [TestCase("zai", "zai", "glm-4.5-flash", 1, null)]
    public void One_hour_cache_writes_that_a_table_lacks_keep_their_proportion(string provider, string tracked, string model, decimal fiveMinutes, decimal? oneHour)
    {
        var text = PublicTables.Of(genai: true).Replace("[{\"id\":\"openai\"", $$$$"""
            [{"id":"{{{{provider}}}}","models":[{"id":"{{{{model}}}}","match":{"equals":"{{{{model}}}}"},"prices":{"input_mtok":2,"output_mtok":9,"cache_write_mtok":{{{{fiveMinutes.ToString(CultureInfo.InvariantCulture)}}}}}}]},{"id":"openai"
            """, StringComparison.Ordinal);

        var figures = Book(Read(text)).Find(tracked, model)!.At(new DateTimeOffset(Today, TimeOnly.MinValue, TimeSpan.Zero))!.Figures[0];

        Assert.That((figures.CacheCreation5m, figures.CacheCreation1h), Is.EqualTo(((decimal?)fiveMinutes, oneHour)));
    }

    [TestCase("<html>Not found</html>")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("""{ "models": 1 }""")]
    [TestCase("""[{"id":"openai","models":[{"id":"gpt-99","match":{"equals":"gpt-99"},"prices":{"input_mtok":"much"}}]}]""")]
    public void What_is_no_table_is_refused_whole(string text) =>
        Assert.That(() => Read(text), Throws.TypeOf<PriceFileException>().With.Message.StartsWith("table.json").And.Message.EndsWith("Nothing was changed."));

    [Test]
    public void One_impossible_price_refuses_the_table()
    {
        var text = PublicTables.Of(genai: true, ("openai", "gpt-99", -1, 2, 0.1m));

        Assert.That(() => Read(text), Throws.TypeOf<PriceFileException>().With.Message.Contains("gpt-99"));
    }

    private static RefreshedPrices Read(string text) => PriceRefresh.Read(Encoding.UTF8.GetBytes(text), "table.json", Today);

    private static PriceBook Book(RefreshedPrices prices) => PriceBook.With((prices.Json, "prices-refreshed.json"), null);
}

/// <summary>Small tables in the shape of the public ones.</summary>
internal static class PublicTables
{
    /// <summary>The given prices and sixty more of models that no one has.</summary>
    public static string Of(bool genai, params (string Provider, string Model, decimal Input, decimal Output, decimal CacheRead)[] prices)
    {
        (string Provider, string Model, decimal Input, decimal Output, decimal CacheRead)[] all = [.. prices, .. Enumerable.Range(1, 60).Select(i => ("openai", $"filler-{i}", 1m, 2m, 0.5m))];
        return genai
            ? $"[{string.Join(',', all.GroupBy(price => price.Provider).OrderByDescending(provider => provider.Key).Select(provider => $"{{\"id\":\"{provider.Key}\",\"models\":[{string.Join(',', provider.Select(Genai))}]}}"))}]"
            : $"{{\"sample_spec\":{{}},{string.Join(',', all.Select(LiteLlm))}}}";
    }

    private static string Genai((string Provider, string Model, decimal Input, decimal Output, decimal CacheRead) price) => string.Create(CultureInfo.InvariantCulture,
        $$$"""{"id":"{{{price.Model}}}","match":{"equals":"{{{price.Model}}}"},"prices":{"input_mtok":{{{price.Input}}},"output_mtok":{{{price.Output}}},"cache_read_mtok":{{{price.CacheRead}}} } }""");

    private static string LiteLlm((string Provider, string Model, decimal Input, decimal Output, decimal CacheRead) price) => string.Create(CultureInfo.InvariantCulture,
        $$$"""
        "{{{price.Model}}}":{"litellm_provider":"{{{price.Provider}}}","mode":"chat","input_cost_per_token":{{{price.Input / 1_000_000}}},"output_cost_per_token":{{{price.Output / 1_000_000}}},"cache_read_input_token_cost":{{{price.CacheRead / 1_000_000}}} }
        """);
}
