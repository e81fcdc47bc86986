using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.Anthropic;

/// <summary>What a Messages request says about its call: model, streaming, and Claude Code's session.</summary>
internal sealed class AnthropicRequestReader : IRequestReader, IJsonVisitor
{
    private readonly JsonScanner _json;
    private readonly int _previewLength;

    private string? _model;
    private bool? _streamed;
    private string? _sessionId;
    private string? _preview;
    private string? _messageText;
    private bool _messageIsUsers;

    /// <param name="previewLength">Characters to keep of the last user message; 0: none.</param>
    public AnthropicRequestReader(int previewLength)
    {
        _json = new JsonScanner(this);
        _previewLength = previewLength;
    }

    public ObservedRequest Request => new() { Model = _model, Streamed = _streamed ?? (_json.Ended ? false : null), SessionId = _sessionId, PromptPreview = _preview };

    public void Read(ReadOnlySpan<byte> bytes) => _json.Read(bytes);

    void IJsonVisitor.OnValue(ReadOnlySpan<byte> path, JsonScalar value)
    {
        if (path.SequenceEqual("model"u8))
        {
            _model = value.Text;
        }
        else if (path.SequenceEqual("stream"u8))
        {
            _streamed = value.IsTrue;
        }
        else if (path.SequenceEqual("metadata.user_id"u8))
        {
            _sessionId = ClaudeCodeUserId.SessionOf(value.Text);
        }
        else if (_previewLength > 0)
        {
            ReadMessage(path, value);
        }
    }

    void IJsonVisitor.OnObjectEnd(ReadOnlySpan<byte> path)
    {
        if (_previewLength > 0 && path.SequenceEqual("messages[]"u8))
        {
            _preview = _messageIsUsers && _messageText is not null ? _messageText : _preview;
            (_messageIsUsers, _messageText) = (false, null);
        }
    }

    private void ReadMessage(ReadOnlySpan<byte> path, JsonScalar value)
    {
        if (path.SequenceEqual("messages[].role"u8))
        {
            _messageIsUsers = value.Is("user"u8);
        }
        else if (path.SequenceEqual("messages[].content"u8) || path.SequenceEqual("messages[].content[].text"u8))
        {
            _messageText = value.Beginning(_previewLength);
        }
    }
}
