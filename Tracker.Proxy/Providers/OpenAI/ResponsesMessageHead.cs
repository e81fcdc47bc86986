using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>What a message on a Responses WebSocket says about itself, wherever in it that stands.</summary>
internal sealed class ResponsesMessageHead : IJsonVisitor
{
    private readonly JsonScanner _json;

    public ResponsesMessageHead() => _json = new JsonScanner(this);

    /// <summary>The message asks for a response.</summary>
    public bool IsCreate { get; private set; }

    /// <summary>The lane of a socket that carries several responses at a time; null for the one that has no name.</summary>
    public string? StreamId { get; private set; }

    public void Read(ReadOnlySpan<byte> bytes) => _json.Read(bytes);

    /// <summary>Forgets the message, to read the next one.</summary>
    public void Reset()
    {
        _json.Reset();
        (IsCreate, StreamId) = (false, null);
    }

    void IJsonVisitor.OnValue(ReadOnlySpan<byte> path, JsonScalar value)
    {
        if (path.SequenceEqual("type"u8))
        {
            IsCreate = value.Is("response.create"u8);
        }
        else if (path.SequenceEqual("stream_id"u8))
        {
            StreamId = value.Text;
        }
    }

    void IJsonVisitor.OnObjectEnd(ReadOnlySpan<byte> path)
    {
    }
}
