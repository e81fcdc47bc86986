namespace Tracker.Proxy.Capture;

/// <summary>What a request's body has told about its call so far. Null: not told.</summary>
internal sealed record ObservedRequest
{
    public string? Model { get; init; }

    public bool? Streamed { get; init; }

    public string? SessionId { get; init; }

    /// <summary>The beginning of the last user message, only when the user asked for it to be kept.</summary>
    public string? PromptPreview { get; init; }
}
