using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Providers.Anthropic;

/// <summary>
/// The fields of a <c>usage</c> object, or of an entry of its <c>iterations</c>; one that comes again replaces the earlier one. What went in is not 0 again: <c>message_delta</c> may say so where it tells
/// the output alone, which is what Claude Code takes it for, too (2.1, seen 2026-11).
/// </summary>
internal sealed class AnthropicCounts
{
    private long? _input;
    private long? _output;
    private long? _cacheRead;
    private long? _cacheCreation;
    private long? _cacheCreation5m;
    private long? _cacheCreation1h;

    public TokenBlock Tokens => new(_input, _output, _cacheRead, CacheCreation.From(_cacheCreation, _cacheCreation5m, _cacheCreation1h));

    public long? Reasoning { get; private set; }

    public long? WebSearches { get; private set; }

    public string? ServiceTier { get; private set; }

    public string? Speed { get; private set; }

    /// <summary>Null where the API says <c>not_available</c>.</summary>
    public string? InferenceGeo { get; private set; }

    /// <param name="field">The path within the usage object. Anything unknown is not counted.</param>
    /// <param name="value">Its value; null leaves what was known.</param>
    public void Set(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.SequenceEqual("input_tokens"u8))
        {
            _input = value.CountAfter(_input);
        }
        else if (field.SequenceEqual("output_tokens"u8))
        {
            _output = value.Count ?? _output;
        }
        else if (field.SequenceEqual("cache_read_input_tokens"u8))
        {
            _cacheRead = value.CountAfter(_cacheRead);
        }
        else if (field.SequenceEqual("cache_creation_input_tokens"u8))
        {
            _cacheCreation = value.CountAfter(_cacheCreation);
        }
        else if (field.SequenceEqual("cache_creation.ephemeral_5m_input_tokens"u8))
        {
            _cacheCreation5m = value.CountAfter(_cacheCreation5m);
        }
        else if (field.SequenceEqual("cache_creation.ephemeral_1h_input_tokens"u8))
        {
            _cacheCreation1h = value.CountAfter(_cacheCreation1h);
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
}
