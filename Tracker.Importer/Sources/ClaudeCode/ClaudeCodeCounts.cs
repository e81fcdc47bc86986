namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>The counts of a line's <c>message.usage</c>; null where it tells none.</summary>
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
}
