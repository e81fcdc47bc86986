namespace Tracker.Proxy.Capture;

/// <summary>How a body holds its JSON.</summary>
internal enum BodyFormat
{
    /// <summary>One document.</summary>
    Json,

    /// <summary><c>text/event-stream</c>: a document in each event.</summary>
    EventStream,

    /// <summary><c>application/x-ndjson</c>: a document in each line.</summary>
    JsonLines,

    /// <summary>The messages of a WebSocket: a document in each.</summary>
    Messages,
}

internal static class BodyFormats
{
    public static BodyFormat FromContentType(string? contentType)
    {
        var type = contentType.AsSpan().TrimStart();
        return type.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) ? BodyFormat.EventStream
            : type.StartsWith("application/x-ndjson", StringComparison.OrdinalIgnoreCase) || type.StartsWith("application/jsonl", StringComparison.OrdinalIgnoreCase) ? BodyFormat.JsonLines
            : BodyFormat.Json;
    }
}
