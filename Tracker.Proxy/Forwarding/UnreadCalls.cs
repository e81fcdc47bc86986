using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// POSTs that a provider has answered, and WebSockets that it has opened, that nobody here reads. Most run no model, but one that does and makes no row is among them, so their number is
/// shown. Since the start; not kept.
/// </summary>
internal sealed class UnreadCalls
{
    /// <summary>Different paths; what comes after them is counted as <see cref="Other"/>.</summary>
    public const int MostPaths = 100;

    public const string Other = "other";

    private const int MostSegments = 8;

    // Of the references of Anthropic, OpenAI, Google, Mistral, Cohere, Perplexity, xAI and Ollama, and of what their clients post besides (seen 2026-11).
    private static readonly FrozenSet<string> Words = FrozenSet.Create(StringComparer.Ordinal,
        "v1", "v1alpha", "v1beta", "v1beta1", "v1internal", "v2", "v3", "api", "openai", "beta", "backend-api", "codex", "wham",
        "agent", "agents", "assistants", "async", "audio", "batch", "batches", "cachedContents", "calls", "cancel", "chat", "classifications", "classify", "client_secrets", "compact", "complete", "completions",
        "containers", "content", "contents", "conversations", "copy", "corpora", "count_tokens", "create", "decisions", "delete", "deployments", "detokenize", "documents", "edits", "embed", "embeddings", "evals", "event_logging",
        "events", "files", "fim", "fine_tuning", "generate", "generations", "images", "input_tokens", "interactions", "items", "jobs", "locations", "messages", "metrics", "models", "moderations", "ocr", "parts",
        "projects", "publishers", "pull", "push", "realtime", "rerank", "responses", "runs", "search", "sessions", "show", "skills", "speech", "steps", "submit_tool_outputs", "telemetry", "threads", "tokenize",
        "transcriptions", "translations", "tunedModels", "uploads", "usage", "variations", "vector_stores", "videos");

    private static readonly FrozenSet<string> Methods = FrozenSet.Create(StringComparer.Ordinal,
        "asyncBatchEmbedContent", "batchGenerateContent", "cancel", "computeTokens", "countTextTokens", "countTokens", "embedText", "fetchPredictOperation", "generateAnswer", "generateMessage", "generateText", "loadCodeAssist",
        "onboardUser", "predict", "predictLongRunning", "rawPredict", "recordCodeAssistMetrics", "recordClientMetrics", "streamRawPredict");

    private readonly ConcurrentDictionary<(string Provider, string Path), long> _calls = new();

    /// <summary>Those with the most calls first.</summary>
    public IReadOnlyList<UnreadCall> All =>
    [
        .. _calls.Select(call => new UnreadCall(call.Key.Provider, call.Key.Path, call.Value))
            .OrderByDescending(call => call.Calls).ThenBy(call => call.Provider, StringComparer.Ordinal).ThenBy(call => call.Path, StringComparer.Ordinal),
    ];

    public void OnAnswered(string provider, string path)
    {
        var key = (provider, WithoutIds(path));
        if (!_calls.ContainsKey(key) && _calls.Count >= MostPaths)
        {
            key = (provider, Other);
        }

        _calls.AddOrUpdate(key, 1, static (_, calls) => calls + 1);
    }

    // Whatever is not a word of the vendors' APIs may be an id, or a name that is the user's own.
    private static string WithoutIds(string path)
    {
        var segments = path.Split('/', MostSegments + 1);
        for (var i = 0; i < segments.Length; i++)
        {
            segments[i] = i == MostSegments ? "…" : WithoutId(segments[i]);
        }

        return string.Join('/', segments);
    }

    private static string WithoutId(string segment)
    {
        if (segment.Length == 0 || Words.Contains(segment))
        {
            return segment;
        }

        var method = segment.LastIndexOf(':');
        return method >= 0 && Methods.Contains(segment[(method + 1)..]) ? "{id}" + segment[method..] : "{id}";
    }
}

/// <summary>A path of a provider, ids left out, and how often it was answered.</summary>
internal sealed record UnreadCall(string Provider, string Path, long Calls);
