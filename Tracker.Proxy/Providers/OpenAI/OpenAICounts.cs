using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>
/// A <c>usage</c> object of Chat Completions, Responses, embeddings and the vendors that speak them; one that comes again replaces the earlier one
/// (some vendors repeat it in every chunk). A gateway tells the same counts under two names, and 0 under that which the upstream has not used (QuantumNous/new-api, seen 2026-11).
/// The total of the input contains what was cached; here the parts are disjoint.
/// </summary>
/// <param name="restIsReasoning">
/// Whether what a total has above input and output is reasoning that is billed as output. Assumed of Gemini's compatible endpoint: its parts do not add up to its
/// total (9 + 1 and 103: discuss.ai.google.dev/t/127400, 2026-02), and translators of the API took the thoughts for what is missing (Portkey-AI/gateway#1458,
/// envoyproxy/ai-gateway#1438, 2025). Other vendors' totals are not reliable.
/// </param>
internal sealed class OpenAICounts(bool restIsReasoning = false)
{
    private long? _input;
    private long? _output;
    private long? _total;
    private long? _reasoning;
    private long? _cached;
    private long? _cacheWritten;
    private long? _cacheWritten5m;
    private long? _cacheWritten1h;

    /// <summary>A count has come.</summary>
    public bool Any => _input is not null || _output is not null;

    /// <summary>Fresh input. A vendor whose cached tokens are not within the total shows by having more of them.</summary>
    public long? Input => _input is { } all && all >= Inside ? all - Inside : _input;

    public long? Total => _total;

    public long? CacheRead => _cached;

    /// <summary>What was written to the cache, where a vendor tells it (OpenAI since GPT-5.6, OpenRouter, Qwen, compatible gateways).</summary>
    public CacheCreation CacheCreation => CacheCreation.From(_cacheWritten, _cacheWritten5m, _cacheWritten1h);

    /// <summary>xAI counts reasoning beside the completion and not in it; its total shows that (docs.x.ai, seen 2026-11).</summary>
    public long? Output => Completion + (Rest ?? (ReasoningIsBeside ? _reasoning : 0));

    public long? Reasoning => _reasoning ?? Rest;

    /// <summary>Searches that OpenRouter made for the model (openrouter.ai/docs/guides/features/server-tools/web-search, seen 2026-11).</summary>
    public long? WebSearches { get; private set; }

    private long Inside => (_cached ?? 0) + (CacheCreation.FiveMinutes ?? 0) + (CacheCreation.OneHour ?? 0);

    /// <summary>One that is left out is 0 where the total says so.</summary>
    private long? Completion => _output ?? (_input is not null && _total == _input + (Rest ?? 0) ? 0 : null);

    private long? Rest => restIsReasoning && _total - _input - (_output ?? 0) is > 0 and var rest ? rest : null;

    private bool ReasoningIsBeside => _reasoning > 0 && _total == _input + _output + _reasoning;

    /// <param name="field">The path within the usage object.</param>
    /// <param name="value">Its value; null leaves what was known.</param>
    public void Set(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.SequenceEqual("prompt_tokens"u8) || field.SequenceEqual("input_tokens"u8))
        {
            _input = value.CountAfter(_input);
        }
        else if (field.SequenceEqual("completion_tokens"u8) || field.SequenceEqual("output_tokens"u8))
        {
            _output = value.CountAfter(_output);
        }
        else if (field.SequenceEqual("total_tokens"u8))
        {
            _total = value.Count ?? _total;
        }
        else if (field.SequenceEqual("completion_tokens_details.reasoning_tokens"u8) || field.SequenceEqual("output_tokens_details.reasoning_tokens"u8))
        {
            _reasoning = value.Count ?? _reasoning;
        }
        else if (field.SequenceEqual("server_tool_use.web_search_requests"u8))
        {
            WebSearches = value.Count ?? WebSearches;
        }
        else
        {
            SetDetail(WithinInput(field), value);
        }
    }

    // OpenAI and most; Responses; DeepSeek; Moonshot; gateways in front of Anthropic (their documentation, seen 2026-11).
    private static bool IsCached(ReadOnlySpan<byte> detail) =>
        detail.SequenceEqual("cached_tokens"u8) || detail.SequenceEqual("prompt_cache_hit_tokens"u8) || detail.SequenceEqual("cache_read_input_tokens"u8);

    // OpenAI and OpenRouter; gateways in front of Anthropic, and Qwen (alibabacloud.com/help/en/model-studio/context-cache, seen 2026-11); LiteLLM and Copilot (github/copilot-cli#4720).
    private static bool IsCacheWritten(ReadOnlySpan<byte> detail) =>
        detail.SequenceEqual("cache_write_tokens"u8) || detail.SequenceEqual("cache_creation_input_tokens"u8) || detail.SequenceEqual("cache_creation_tokens"u8);

    /// <summary>A part of the input is told among its details, or beside it.</summary>
    private static ReadOnlySpan<byte> WithinInput(ReadOnlySpan<byte> field) =>
        field.StartsWith("prompt_tokens_details."u8) ? field["prompt_tokens_details.".Length..]
        : field.StartsWith("input_tokens_details."u8) ? field["input_tokens_details.".Length..]
        : field;

    private void SetDetail(ReadOnlySpan<byte> detail, JsonScalar value)
    {
        if (IsCached(detail))
        {
            _cached = value.CountAfter(_cached);
        }
        else if (IsCacheWritten(detail))
        {
            _cacheWritten = value.CountAfter(_cacheWritten);
        }
        else if (detail.SequenceEqual("cache_creation.ephemeral_5m_input_tokens"u8) || detail.SequenceEqual("cache_creation_token_details.ephemeral_5m_input_tokens"u8))
        {
            _cacheWritten5m = value.CountAfter(_cacheWritten5m);
        }
        else if (detail.SequenceEqual("cache_creation.ephemeral_1h_input_tokens"u8) || detail.SequenceEqual("cache_creation_token_details.ephemeral_1h_input_tokens"u8))
        {
            _cacheWritten1h = value.CountAfter(_cacheWritten1h);
        }
    }
}
