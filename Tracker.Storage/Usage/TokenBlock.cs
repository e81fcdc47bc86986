namespace Tracker.Storage.Usage;

/// <summary>The token counts of one run of a model. Null: not reported.</summary>
public readonly record struct TokenBlock(long? Input, long? Output, long? CacheRead, CacheCreation CacheCreation)
{
    /// <summary>What two runs consumed together; a count that only one of them reported is that one's.</summary>
    public TokenBlock Plus(TokenBlock other) => new(
        TokenCount.Sum(Input, other.Input),
        TokenCount.Sum(Output, other.Output),
        TokenCount.Sum(CacheRead, other.CacheRead),
        new CacheCreation(
            TokenCount.Sum(CacheCreation.FiveMinutes, other.CacheCreation.FiveMinutes),
            TokenCount.Sum(CacheCreation.OneHour, other.CacheCreation.OneHour)));
}
