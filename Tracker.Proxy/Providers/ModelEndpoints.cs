using Tracker.Proxy.Providers.Anthropic;
using Tracker.Proxy.Providers.Gemini;
using Tracker.Proxy.Providers.Ollama;
using Tracker.Proxy.Providers.OpenAI;

namespace Tracker.Proxy.Providers;

/// <summary>
/// Which requests run a model, by method and path. Vendors serve each other's APIs below their own (<c>/v1beta/openai/chat/completions</c> of Gemini,
/// <c>/anthropic/v1/messages</c> of DeepSeek, <c>/v1/chat/completions</c> of Ollama), so the end of the path tells the dialect, not the vendor.
/// </summary>
internal static class ModelEndpoints
{
    private static readonly AnthropicMessages Messages = new();
    private static readonly OpenAIChat Chat = new();
    private static readonly OpenAIChat GeminiChat = new(restIsReasoning: true);
    private static readonly OpenAIResponses Responses = new();
    private static readonly OpenAIStoredResponse StoredResponse = new();
    private static readonly OpenAIResponsesSocket ResponsesSocket = new();
    private static readonly OpenAIEmbeddings Embeddings = new();
    private static readonly GeminiContent Content = new();
    private static readonly GeminiInteractions Interactions = new();
    private static readonly OllamaChat Ollama = new();

    /// <param name="dialect">The provider's.</param>
    /// <param name="method">The request's.</param>
    /// <param name="path">The whole path that is asked for at the upstream.</param>
    /// <returns>Null for a request that runs no model, and for a provider without a dialect.</returns>
    public static IModelEndpoint? Find(Dialect dialect, string method, ReadOnlySpan<char> path)
    {
        if (dialect == Dialect.None || !HttpMethods.IsPost(method))
        {
            return dialect != Dialect.None && HttpMethods.IsGet(method) && OpenAIStoredResponse.IsAt(path) ? StoredResponse : null;
        }

        // Assistants have messages as well (/v1/threads/…/messages): the segment before it tells them apart.
        return path.EndsWith("/v1/messages", StringComparison.Ordinal) ? Messages
            : path.EndsWith("/completions", StringComparison.Ordinal) || path.EndsWith("/v1/sonar", StringComparison.Ordinal) ? (IsGeminis(dialect, path) ? GeminiChat : Chat) // Perplexity's own name for it.
            : path.EndsWith("/responses", StringComparison.Ordinal) || path.EndsWith("/responses/compact", StringComparison.Ordinal)
                || path.EndsWith("/v1/agent", StringComparison.Ordinal) ? Responses // The last is Perplexity's, who answers as OpenAI does (docs.perplexity.ai/docs/agent-api, seen 2026-11).
            : path.EndsWith("/embeddings", StringComparison.Ordinal) || path.EndsWith("/v1/decisions", StringComparison.Ordinal) ? Embeddings
            : GeminiContent.Runs(path) ? Content
            : path.EndsWith("/interactions", StringComparison.Ordinal) ? Interactions
            : path.EndsWith("/api/chat", StringComparison.Ordinal) || path.EndsWith("/api/generate", StringComparison.Ordinal) || path.EndsWith("/api/embed", StringComparison.Ordinal) ? Ollama
            : null;
    }

    // Google's compatible API stands below the version of its own (as clients have its address: docs.rs/aptu-core, GEMINI_API_URL, seen 2026-11-30), whatever dialect the provider is given.
    private static bool IsGeminis(Dialect dialect, ReadOnlySpan<char> path) => dialect == Dialect.Gemini || path.Contains("/v1beta/openai/", StringComparison.Ordinal);

    /// <returns>What a WebSocket is used for, if models are asked on it.</returns>
    public static IModelEndpoint? FindSocket(Dialect dialect, string method, ReadOnlySpan<char> path) =>
        dialect != Dialect.None && HttpMethods.IsGet(method) && path.EndsWith("/responses", StringComparison.Ordinal) ? ResponsesSocket : null;
}
