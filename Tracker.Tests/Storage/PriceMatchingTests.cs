using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>Which price a model's name leads to, and which names lead to none.</summary>
public sealed class PriceMatchingTests
{
    [TestCase("anthropic", "claude-opus-4-8", MatchStep.Exact, "anthropic/claude-opus-4-8")]
    [TestCase("anthropic", "claude-opus-4-0", MatchStep.Alias, "anthropic/claude-opus-4")]
    [TestCase("anthropic", "claude-sonnet-4-5-20250929", MatchStep.Normalized, "anthropic/claude-sonnet-4-5")]
    [TestCase("anthropic", "claude-3-5-haiku-20241022", MatchStep.Normalized, "anthropic/claude-3-5-haiku")]
    [TestCase("anthropic", "claude-3-5-haiku-latest", MatchStep.Release, "anthropic/claude-3-5-haiku")]
    [TestCase("anthropic", "Claude-Opus-4-8", MatchStep.Normalized, "anthropic/claude-opus-4-8")]
    [TestCase("anthropic", "claude-opus-4-8[1m]", MatchStep.Normalized, "anthropic/claude-opus-4-8")]
    [TestCase("anthropic", "claude-opus-4.8", MatchStep.Normalized, "anthropic/claude-opus-4-8")]
    [TestCase("anthropic", "claude-4.5-sonnet-20250929", MatchStep.Normalized, "anthropic/claude-sonnet-4-5")]
    [TestCase("anthropic", "claude-sonnet-4-5-thinking", MatchStep.Normalized, "anthropic/claude-sonnet-4-5")]
    [TestCase("anthropic", "anthropic/claude-opus-4-8", MatchStep.Normalized, "anthropic/claude-opus-4-8")]
    [TestCase("anthropic", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", MatchStep.Normalized, "anthropic/claude-sonnet-4-5")]
    [TestCase("anthropic", "claude-sonnet-4-5@20250929", MatchStep.Normalized, "anthropic/claude-sonnet-4-5")]
    [TestCase("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", MatchStep.Exact, "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [TestCase("bedrock", "claude-sonnet-4-5-20250929", MatchStep.Normalized, "bedrock/claude-sonnet-4-5")]
    [TestCase("vertex", "claude-opus-5-5@default", MatchStep.Normalized, "vertex/claude-opus-5-5")]
    [TestCase("vertex", "publishers/google/models/gemini-2.5-pro", MatchStep.Normalized, "gemini/gemini-2.5-pro")]
    [TestCase("gemini", "models/gemini-2.5-flash", MatchStep.Normalized, "gemini/gemini-2.5-flash")]
    [TestCase("google", "gemini-3.5-flash-lite", MatchStep.Exact, "gemini/gemini-3.5-flash-lite")]
    [TestCase("gemini", "gemini-2.5-pro-preview-06-05", MatchStep.Release, "gemini/gemini-2.5-pro")]
    [TestCase("gemini", "gemini-2.0-flash-001", MatchStep.Normalized, "gemini/gemini-2.0-flash")]
    [TestCase("openai", "gpt-4o-2024-05-13", MatchStep.Exact, "openai/gpt-4o-2024-05-13")]
    [TestCase("openai", "openai/gpt-4o-2024-05-13", MatchStep.Normalized, "openai/gpt-4o-2024-05-13")]
    [TestCase("openai", "gpt-4o-2024-08-06", MatchStep.Normalized, "openai/gpt-4o")]
    [TestCase("chatgpt", "gpt-5-codex", MatchStep.Exact, "openai/gpt-5-codex")]
    [TestCase("openai", "gpt-5.1-codex-max-xhigh", MatchStep.Normalized, "openai/gpt-5.1-codex-max")]
    [TestCase("azure", "gpt-4o-mini-2024-07-18", MatchStep.Normalized, "openai/gpt-4o-mini")]
    [TestCase("openrouter", "anthropic/claude-4.8-opus-20260528", MatchStep.Normalized, "openrouter/anthropic/claude-opus-4.8")]
    [TestCase("groq", "openai/gpt-oss-120b", MatchStep.Exact, "groq/openai/gpt-oss-120b")]
    public void Name_leads_to_a_price(string provider, string model, MatchStep step, string priceId)
    {
        var match = PriceBook.Embedded.Find(provider, model);

        Assert.That((match?.Step, match?.At(Some.Time)?.Id.Split('@')[0]), Is.EqualTo(((MatchStep?)step, priceId)));
    }

    [TestCase("anthropic", "claude-opus-99")]
    [TestCase("anthropic", "claude-opus-4-9")] // never the price of another version
    [TestCase("anthropic", "claude-opus-4-80")]
    [TestCase("anthropic", "claude-opus-5-9-preview")]
    [TestCase("anthropic", "claude-opus")]
    [TestCase("anthropic", "gpt-5")]
    [TestCase("anthropic", "")]
    [TestCase("anthropic", null)]
    [TestCase("openai", "gpt-5-super")] // another word may be another model
    [TestCase("openai", "gpt-5.4-2")]
    [TestCase("openai", "gpt-99-mini")]
    [TestCase("mistral", "mistral-9-medium")]
    [TestCase("bedrock", "xx.anthropic.claude-opus-4-8")]
    [TestCase("gemini", "gemini-2.5-flash-thinking-exp")]
    [TestCase("openrouter", "anthropic/claude-sonnet-4.5:nitro")]
    public void Name_leads_nowhere(string provider, string? model) => Assert.That(PriceBook.Embedded.Find(provider, model), Is.Null);

    [Test]
    public void Alias_leads_to_another_model_from_its_day_on()
    {
        var book = PriceFiles.Book("""
            { "aliases": [
              { "provider": "azure", "name": "our-best", "model": "gpt-5.4" },
              { "provider": "azure", "name": "our-best", "model": "gpt-5.5", "from": "2026-10-01" } ] }
            """);
        var match = book.Find("azure", "our-best")!;

        Assert.That(match.At(new DateTimeOffset(2026, 9, 30, 23, 0, 0, TimeSpan.Zero))!.Id, Is.EqualTo("openai/gpt-5.4"));
        Assert.That(match.At(new DateTimeOffset(2026, 10, 1, 0, 0, 0, TimeSpan.Zero))!.Id, Is.EqualTo("openai/gpt-5.5"));
    }

    [Test]
    public void Alias_leads_nowhere_before_its_first_day()
    {
        var match = PriceFiles.Book("""{ "aliases": [ { "provider": "azure", "name": "our-best", "model": "gpt-5.4", "from": "2026-10-01" } ] }""").Find("azure", "our-best")!;

        Assert.That(match.At(new DateTimeOffset(2026, 9, 30, 23, 59, 59, TimeSpan.Zero)), Is.Null);
        Assert.That(match.At(new DateTimeOffset(2026, 10, 1, 0, 0, 0, TimeSpan.Zero))!.Id, Is.EqualTo("openai/gpt-5.4"));
    }

    [Test]
    public void Aliases_in_a_circle_lead_nowhere()
    {
        var book = PriceFiles.Book("""{ "provider": "openai", "aliases": [ { "name": "chicken", "model": "egg" }, { "name": "egg", "model": "chicken" } ] }""");

        Assert.That(book.Find("openai", "egg"), Is.Null);
    }

    [Test]
    public void Users_own_price_wins_whatever_its_spelling()
    {
        var book = PriceFiles.Book("""{ "provider": "anthropic", "prices": [ { "model": "Claude-Opus-4.8", "input": 1, "output": 2 } ] }""");

        Assert.That(book.Find("anthropic", "claude-opus-4-8")!.At(Some.Time)!.Id, Is.EqualTo("own:anthropic/Claude-Opus-4.8"));
        Assert.That(book.Find("anthropic", "claude-opus-4-7")!.At(Some.Time)!.Id, Is.EqualTo("anthropic/claude-opus-4-7"));
    }

    [Test]
    public void Discount_is_taken_off_list_prices_and_told_in_the_id()
    {
        var book = PriceFiles.Book("""{ "discounts": [ { "provider": "anthropic", "times": 0.85 }, { "provider": "google", "model": "gemini-2.5-pro", "times": 0.5 } ] }""");
        var call = new PricedCall { OccurredAt = Some.Time, Provider = "anthropic", Model = "claude-opus-4-8", InputTokens = 1_000_000, OutputTokens = 0, WebSearchRequests = 1 };

        Assert.That(book.CostOf(call), Is.EqualTo(new Cost(4_258_500_000, "anthropic/claude-opus-4-8*0.85")));
        Assert.That(book.CostOf(call with { Provider = "gemini", Model = "gemini-2.5-pro", InputTokens = 1000, WebSearchRequests = 0 }).NanoUsd, Is.EqualTo(625_000));
        Assert.That(book.Find("gemini", "gemini-2.5-flash")!.At(Some.Time)!.Id, Is.EqualTo("gemini/gemini-2.5-flash"));
    }

    [TestCase("azure", null, 2.125, 2.5)]
    [TestCase("azure", "gpt-5.4", 2.125, 2.5)]
    [TestCase("azure-openai", null, 2.125, 2.5)]
    [TestCase("openai", null, 2.5, 2.125)]
    [TestCase("openai", "gpt-5.4", 2.5, 2.125)]
    public void Discount_is_for_the_provider_that_is_called_whosever_the_price(string provider, string? model, decimal azure, decimal openai)
    {
        var book = PriceFiles.Book($$"""
            { "discounts": [ { "provider": "{{provider}}", {{(model is null ? "" : $"\"model\": \"{model}\",")}} "times": 0.85 } ],
              "aliases": [ { "provider": "azure", "name": "our-deployment", "model": "gpt-5.4" } ] }
            """);

        Assert.That((Input("azure", "gpt-5.4"), Input("azure", "our-deployment"), Input("openai", "gpt-5.4"), Input("azure", "phi-4")),
            Is.EqualTo(((decimal?)azure, (decimal?)azure, (decimal?)openai, (decimal?)(azure == 2.5m || model is not null ? 0.07m : 0.0595m))));

        decimal? Input(string provider, string model) => book.Find(provider, model)!.At(Some.Time)!.Figures.First(figures => figures.Tier is null).Input;
    }

    [Test]
    public void Names_from_the_network_do_not_fill_the_memory()
    {
        for (var i = 0; i < 10_000; i++)
        {
            PriceBook.Embedded.Find("anthropic", $"model-{i}");
        }

        Assert.That(PriceBook.Embedded.Find("anthropic", "claude-opus-4-7"), Is.Not.Null);
    }
}
