using System.Diagnostics.CodeAnalysis;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Pricing;

/// <summary>What the price of a call depends on.</summary>
public readonly record struct PricedCall
{
    public PricedCall()
    {
    }

    [SetsRequiredMembers]
    internal PricedCall(UsageRecord record)
    {
        OccurredAt = record.OccurredAt;
        Provider = record.Provider;
        Model = record.ResponseModel ?? record.RequestModel;
        InputTokens = record.InputTokens;
        OutputTokens = record.OutputTokens;
        CacheReadTokens = record.CacheReadTokens;
        CacheCreation5mTokens = record.CacheCreation5mTokens;
        CacheCreation1hTokens = record.CacheCreation1hTokens;
        WebSearchRequests = record.WebSearchRequests;
        ServiceTier = record.ServiceTier;
        Speed = record.Speed;
        InferenceGeo = record.InferenceGeo;
        Failed = record.Outcome == CallOutcome.Error && record.TimeToFirstTokenMs is null;
    }

    public required DateTimeOffset OccurredAt { get; init; }

    public string? Provider { get; init; }

    /// <summary>The model that answered, else the one asked for.</summary>
    public string? Model { get; init; }

    public long? InputTokens { get; init; }

    public long? OutputTokens { get; init; }

    public long? CacheReadTokens { get; init; }

    public long? CacheCreation5mTokens { get; init; }

    public long? CacheCreation1hTokens { get; init; }

    public long? WebSearchRequests { get; init; }

    public string? ServiceTier { get; init; }

    public string? Speed { get; init; }

    public string? InferenceGeo { get; init; }

    /// <summary>The call ended in an error before any content came; without counts it cost nothing. After content it used tokens that nobody has told.</summary>
    public bool Failed { get; init; }

    /// <summary>All that went in.</summary>
    /// <exception cref="OverflowException">The counts are absurd.</exception>
    public long TotalInputTokens => checked((InputTokens ?? 0) + (CacheReadTokens ?? 0) + (CacheCreation5mTokens ?? 0) + (CacheCreation1hTokens ?? 0));

    /// <summary>Any of the counts is known: with a price for it, the call could have a cost.</summary>
    public bool HasCounts => InputTokens is not null || OutputTokens is not null;

    /// <summary>Both are known, as a cost needs: one that is unknown would be billed as 0.</summary>
    public bool HasBothCounts => InputTokens is not null && OutputTokens is not null;
}
