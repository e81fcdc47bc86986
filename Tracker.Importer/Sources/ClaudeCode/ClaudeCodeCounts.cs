using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>The counts of a line's <c>message.usage</c>, or of an entry of its <c>iterations</c>; null where it tells none.</summary>
internal struct ClaudeCodeCounts
{
    /// <summary>The line has a <c>usage</c> at all.</summary>
    public bool AreThere;
    public long? Input;
    public long? Output;
    public long? Reasoning;
    public long? CacheRead;
    public long? CacheCreation;
    public long? CacheCreation5m;
    public long? CacheCreation1h;
    public long? WebSearches;

    public readonly bool HasUnsplitCacheCreation => CacheCreation > (CacheCreation5m ?? 0) + (CacheCreation1h ?? 0);

    public readonly TokenBlock Tokens => new(Input, Output, CacheRead, Storage.Usage.CacheCreation.From(CacheCreation, CacheCreation5m, CacheCreation1h));
}
