using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracker.Importer.Sources.Codex;

/// <summary>Codex's counts of one call, or of all calls of a thread so far. The input contains what was read from and written to the cache; the output contains the reasoning.</summary>
internal sealed class CodexCounts
{
    public long? InputTokens { get; init; }

    public long? CachedInputTokens { get; init; }

    public long? CacheWriteInputTokens { get; init; }

    public long? OutputTokens { get; init; }

    public long? ReasoningOutputTokens { get; init; }

    /// <summary>After a context that overflowed, versions of 2025 set this alone, and the others to 0.</summary>
    public long? TotalTokens { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>Nothing was used: what Codex writes after compaction beside an estimate of the context's size.</summary>
    [JsonIgnore]
    public bool IsNothing => (InputTokens ?? 0) == 0 && (OutputTokens ?? 0) == 0;

    /// <summary>Input that was neither read from nor written to the cache.</summary>
    [JsonIgnore]
    public long? FreshInput => InputTokens - (CachedInputTokens ?? 0) - (CacheWriteInputTokens ?? 0) is >= 0 and var fresh ? fresh : InputTokens;

    /// <returns>What came since the earlier counts; null when they are no earlier ones of the same count, since a part is smaller now.</returns>
    public CodexCounts? Since(CodexCounts earlier)
    {
        var result = new CodexCounts
        {
            InputTokens = (InputTokens ?? 0) - (earlier.InputTokens ?? 0),
            CachedInputTokens = (CachedInputTokens ?? 0) - (earlier.CachedInputTokens ?? 0),
            CacheWriteInputTokens = CacheWriteInputTokens is null ? null : CacheWriteInputTokens - (earlier.CacheWriteInputTokens ?? 0),
            OutputTokens = (OutputTokens ?? 0) - (earlier.OutputTokens ?? 0),
            ReasoningOutputTokens = ReasoningOutputTokens is null ? null : ReasoningOutputTokens - (earlier.ReasoningOutputTokens ?? 0),
        };
        var wentBack = result.InputTokens < 0 || result.CachedInputTokens < 0 || result.CacheWriteInputTokens < 0 || result.OutputTokens < 0 || result.ReasoningOutputTokens < 0;
        return wentBack ? null : result;
    }

    public bool IsSameAs(CodexCounts? other) => other is not null && ToString() == other.ToString();

    /// <summary>The counts as part of a key.</summary>
    public override string ToString() =>
        $"{InputTokens ?? 0}-{CachedInputTokens ?? 0}-{CacheWriteInputTokens ?? 0}-{OutputTokens ?? 0}-{ReasoningOutputTokens ?? 0}-{TotalTokens ?? 0}";
}
