using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Providers.Anthropic;

/// <summary>
/// The fields of a <c>usage</c> object, or of an entry of its <c>iterations</c>; one that comes again replaces the earlier one. What went in is not 0 again: <c>message_delta</c> may say so where it tells
/// the output alone, which is what Claude Code takes it for, too (2.1, seen 2026-11).
/// </summary>
internal sealed class AnthropicCounts
{
    private Told _input;
    private long? _output;
    private Told _cacheRead;
    private Told _cacheCreation;
    private Told _cacheCreation5m;
    private Told _cacheCreation1h;

    public TokenBlock Tokens => new(_input.Known, _output, _cacheRead.Known, CacheCreation.From(_cacheCreation.Known, _cacheCreation5m.Known, _cacheCreation1h.Known));

    /// <summary>The same where what came last counts, zeros too.</summary>
    public TokenBlock LastTokens => new(_input.Last, _output, _cacheRead.Last, CacheCreation.From(_cacheCreation.Last, _cacheCreation5m.Last, _cacheCreation1h.Last));

    public long? Reasoning { get; private set; }

    public long? WebSearches { get; private set; }

    public string? ServiceTier { get; private set; }

    public string? Speed { get; private set; }

    /// <summary>Null where the API says <c>not_available</c>.</summary>
    public string? InferenceGeo { get; private set; }

    /// <summary>Forgets the tokens: what was told was another model's.</summary>
    public void ForgetTokens() => (_input, _output, _cacheRead, _cacheCreation, _cacheCreation5m, _cacheCreation1h, Reasoning) = (default, null, default, default, default, default, null);

    /// <param name="field">The path within the usage object. Anything unknown is not counted.</param>
    /// <param name="value">Its value; null leaves what was known.</param>
    public void Set(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.SequenceEqual("input_tokens"u8))
        {
            _input.Set(value);
        }
        else if (field.SequenceEqual("output_tokens"u8))
        {
            _output = value.Count ?? _output;
        }
        else if (field.SequenceEqual("cache_read_input_tokens"u8))
        {
            _cacheRead.Set(value);
        }
        else if (field.SequenceEqual("cache_creation_input_tokens"u8))
        {
            _cacheCreation.Set(value);
        }
        else if (field.SequenceEqual("cache_creation.ephemeral_5m_input_tokens"u8))
        {
            _cacheCreation5m.Set(value);
        }
        else if (field.SequenceEqual("cache_creation.ephemeral_1h_input_tokens"u8))
        {
            _cacheCreation1h.Set(value);
        }
        else if (field.SequenceEqual("output_tokens_details.thinking_tokens"u8))
        {
            Reasoning = value.Count ?? Reasoning;
        }
        else if (field.SequenceEqual("server_tool_use.web_search_requests"u8))
        {
            WebSearches = value.Count ?? WebSearches;
        }
        else if (field.SequenceEqual("service_tier"u8))
        {
            ServiceTier = value.Word ?? ServiceTier;
        }
        else if (field.SequenceEqual("speed"u8))
        {
            Speed = value.Word ?? Speed;
        }
        else if (field.SequenceEqual("inference_geo"u8))
        {
            InferenceGeo = value.Word is { } geo and not "not_available" ? geo : InferenceGeo;
        }
    }

    private struct Told
    {
        public long? Known;
        public long? Last;

        public void Set(JsonScalar value)
        {
            Known = value.CountAfter(Known);
            Last = value.Count ?? Last;
        }
    }
}
