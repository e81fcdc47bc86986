namespace Tracker.Proxy.Capture;

/// <summary>What a request's body has told about its call so far. Null: not told.</summary>
internal sealed record ObservedRequest
{
    public string? Model { get; init; }

    public bool? Streamed { get; init; }

    /// <summary>The program that the system prompt says the model is; nothing else of the prompt is kept.</summary>
    public string? Client { get; init; }

    public string? SessionId { get; init; }

    /// <summary>OpenAI's <c>prompt_cache_key</c>: some clients' session, others' hash or name (<see cref="CallCapture"/>).</summary>
    public string? PromptCacheKey { get; init; }

    /// <summary>The beginning of the last user message, only when the user asked for it to be kept.</summary>
    public string? PromptPreview { get; init; }
}
