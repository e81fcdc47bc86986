namespace Tracker.Storage.Pricing;

/// <summary>Nano-USD per token of each kind; $1 per million tokens is 1000.</summary>
internal sealed record TokenRates(long Input, long Output, long CacheRead, long CacheCreation5m, long CacheCreation1h);
