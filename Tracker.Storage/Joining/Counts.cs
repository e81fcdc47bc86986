namespace Tracker.Storage.Joining;

/// <summary>The counts that both sides tell alike; how long something stays in the cache no log of these tells.</summary>
internal readonly record struct Counts(long InputTokens, long CacheReadTokens, long CacheCreationTokens);
