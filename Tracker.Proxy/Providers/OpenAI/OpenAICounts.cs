using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>
/// A <c>usage</c> object of Chat Completions, Responses, embeddings and the vendors that speak them; one that comes again replaces the earlier one
/// (some vendors repeat it in every chunk). The total of the input contains what was cached; here the parts are disjoint.
/// </summary>
internal sealed class OpenAICounts
{
    private long? _input;
    private long? _output;
    private long? _total;
    private long? _reasoning;
    private long? _cached;
    private long? _cacheWritten;

    /// <summary>A count has come.</summary>
    public bool Any => _input is not null || _output is not null;

    /// <summary>Fresh input. A vendor whose cached tokens are not within the total shows by having more of them.</summary>
    public long? Input => _input is { } all && all >= Inside ? all - Inside : _input;

    public long? CacheRead => _cached;

    /// <summary>What was written to the cache, where a vendor tells it (OpenRouter, compatible gateways).</summary>
    public long? CacheCreation => _cacheWritten;

    /// <summary>xAI counts reasoning beside the completion and not in it; its total shows that (docs.x.ai, seen 2026-11).</summary>
    public long? Output => _output + (ReasoningIsBeside ? _reasoning : 0);

    public long? Reasoning => _reasoning;

    private long Inside => (_cached ?? 0) + (_cacheWritten ?? 0);

    private bool ReasoningIsBeside => _reasoning > 0 && _total == _input + _output + _reasoning;

    /// <param name="field">The path within the usage object.</param>
    /// <param name="value">Its value; null leaves what was known.</param>
    public void Set(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.SequenceEqual("prompt_tokens"u8) || field.SequenceEqual("input_tokens"u8))
        {
            _input = value.Count ?? _input;
        }
        else if (field.SequenceEqual("completion_tokens"u8) || field.SequenceEqual("output_tokens"u8))
        {
            _output = value.Count ?? _output;
        }
        else if (field.SequenceEqual("total_tokens"u8))
        {
            _total = value.Count ?? _total;
        }
        else if (field.SequenceEqual("completion_tokens_details.reasoning_tokens"u8) || field.SequenceEqual("output_tokens_details.reasoning_tokens"u8))
        {
            _reasoning = value.Count ?? _reasoning;
        }
        else if (IsCached(field))
        {
            _cached = value.Count ?? _cached;
        }
        else if (IsCacheWritten(field))
        {
            _cacheWritten = value.Count ?? _cacheWritten;
        }
    }

    // OpenAI and most; Responses; DeepSeek; Moonshot; gateways in front of Anthropic (their documentation, seen 2026-11).
    private static bool IsCached(ReadOnlySpan<byte> field) =>
        field.SequenceEqual("prompt_tokens_details.cached_tokens"u8) || field.SequenceEqual("input_tokens_details.cached_tokens"u8)
        || field.SequenceEqual("prompt_cache_hit_tokens"u8) || field.SequenceEqual("cached_tokens"u8) || field.SequenceEqual("cache_read_input_tokens"u8);

    private static bool IsCacheWritten(ReadOnlySpan<byte> field) =>
        field.SequenceEqual("prompt_tokens_details.cache_write_tokens"u8) || field.SequenceEqual("input_tokens_details.cache_write_tokens"u8)
        || field.SequenceEqual("cache_creation_input_tokens"u8);
}
