using CsCheck;
using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>What holds for every price in the embedded book and whatever counts.</summary>
public sealed class PricePropertiesTests
{
    private static readonly PriceMatch[] Models = [.. PriceBook.Embedded.All.Where(model => model.At(Some.Time) is { Unpriced: null })];

    private static readonly Gen<long> Count = Gen.OneOf(Gen.Long[0, 10], Gen.Long[0, 5_000], Gen.Long[0, 400_000], Gen.Const(200_000L), Gen.Const(272_000L));

    private static readonly Gen<PricedCall> Call =
        from model in Gen.Int[0, Models.Length - 1]
        from counts in Count.Array[6]
        from tier in Gen.OneOf<string?>([null, "flex", "priority", "batch"])
        from speed in Gen.OneOf<string?>([null, null, "fast"])
        from geo in Gen.OneOf<string?>([null, null, "us"])
        select new PricedCall
        {
            OccurredAt = Some.Time,
            Provider = Models[model].Provider,
            Model = Models[model].Model,
            InputTokens = counts[0],
            OutputTokens = counts[1],
            CacheReadTokens = counts[2],
            CacheCreation5mTokens = counts[3],
            CacheCreation1hTokens = counts[4],
            WebSearchRequests = counts[5] % 5,
            ServiceTier = tier,
            Speed = speed,
            InferenceGeo = geo,
        };

    [Test]
    public void Cost_of_a_call_is_the_sum_of_its_parts_rounded_once() => Call.Sample(call =>
    {
        var breakdown = PriceBook.Embedded.Explain(call).Breakdown;
        var cost = PriceBook.Embedded.CostOf(call).NanoUsd;
        return breakdown is null ? cost is null : cost == breakdown.TotalNanoUsd && Math.Abs(breakdown.Exact - cost.Value) <= 0.5m;
    }, iter: 20_000);

    [Test]
    public void Cost_is_additive_over_parts_within_a_band() => Call.Sample(call =>
    {
        // Small parts, so that the request and its halves are in the first band of every model.
        var whole = call with { InputTokens = call.InputTokens % 8_000, CacheReadTokens = call.CacheReadTokens % 8_000, CacheCreation5mTokens = call.CacheCreation5mTokens % 8_000, CacheCreation1hTokens = call.CacheCreation1hTokens % 8_000, OutputTokens = call.OutputTokens % 8_000 };
        PricedCall[] parts =
        [
            whole with { CacheReadTokens = 0, CacheCreation5mTokens = 0, CacheCreation1hTokens = 0, OutputTokens = 0, WebSearchRequests = 0 },
            whole with { InputTokens = 0, OutputTokens = 0, WebSearchRequests = 0 },
            whole with { InputTokens = 0, CacheReadTokens = 0, CacheCreation5mTokens = 0, CacheCreation1hTokens = 0 },
        ];
        var exact = PriceBook.Embedded.Explain(whole).Breakdown;
        var request = PriceBook.Embedded.Explain(whole with { InputTokens = 0, CacheReadTokens = 0, CacheCreation5mTokens = 0, CacheCreation1hTokens = 0, OutputTokens = 0, WebSearchRequests = 0 }).Breakdown?.Exact;
        return exact is null || exact.Exact == parts.Sum(part => PriceBook.Embedded.Explain(part).Breakdown!.Exact - request!.Value) + request!.Value;
    }, iter: 20_000);

    [Test]
    public void Cost_grows_with_every_count_across_bands_too()
    {
        var gen =
            from call in Call
            from more in Count
            from part in Gen.Int[0, 5]
            select (call, more, part);

        gen.Sample((call, more, part) =>
        {
            var grown = part switch
            {
                0 => call with { InputTokens = call.InputTokens + more },
                1 => call with { OutputTokens = call.OutputTokens + more },
                2 => call with { CacheReadTokens = call.CacheReadTokens + more },
                3 => call with { CacheCreation5mTokens = call.CacheCreation5mTokens + more },
                4 => call with { CacheCreation1hTokens = call.CacheCreation1hTokens + more },
                _ => call with { WebSearchRequests = call.WebSearchRequests + more },
            };
            var (less, greater) = (PriceBook.Embedded.CostOf(call).NanoUsd, PriceBook.Embedded.CostOf(grown).NanoUsd);
            return less is null || greater is null || less <= greater;
        }, iter: 20_000);
    }

    [Test]
    public void Book_is_wide()
    {
        var providers = PriceBook.Embedded.All.Select(model => model.Provider).Distinct();

        Assert.That(providers, Is.SupersetOf(new[] { "anthropic", "openai", "gemini", "deepseek", "xai", "mistral", "groq", "cohere", "perplexity", "cerebras", "together", "fireworks", "openrouter", "local", "bedrock", "vertex", "azure" }));
        Assert.That(Models, Has.Length.GreaterThan(1000));
    }
}
