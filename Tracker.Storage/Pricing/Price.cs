namespace Tracker.Storage.Pricing;

/// <summary>List price of some models, in nano-USD per token.</summary>
internal sealed record Price
{
    public required string Id { get; init; }

    /// <summary>First day it applies (UTC); null: always.</summary>
    public DateOnly? From { get; init; }

    public required TokenRates Rates { get; init; }

    /// <summary>Total input tokens above which <see cref="LongContextRates"/> apply to the whole request.</summary>
    public long? LongContextAbove { get; init; }

    public TokenRates? LongContextRates { get; init; }

    /// <summary>Nano-USD for one web search.</summary>
    public required long WebSearch { get; init; }

    public long CostOf(in PricedCall call)
    {
        var rates = call.TotalInputTokens > LongContextAbove ? LongContextRates! : Rates;
        checked
        {
            return (call.InputTokens ?? 0) * rates.Input
                + (call.OutputTokens ?? 0) * rates.Output
                + (call.CacheReadTokens ?? 0) * rates.CacheRead
                + (call.CacheCreation5mTokens ?? 0) * rates.CacheCreation5m
                + (call.CacheCreation1hTokens ?? 0) * rates.CacheCreation1h
                + (call.WebSearchRequests ?? 0) * WebSearch;
        }
    }
}
