namespace Tracker.Storage.Usage;

/// <summary>The token counts of one run of a model. Null: not reported.</summary>
public readonly record struct TokenBlock(long? Input, long? Output, long? CacheRead, CacheCreation CacheCreation);
