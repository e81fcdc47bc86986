using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers;

/// <summary>What a JSON request says about its call: model, streaming, client, session, and, if it is wanted, the beginning of the last user message.</summary>
internal sealed class JsonRequestReader : IRequestReader, IJsonVisitor
{
    private readonly RequestShape _shape;
    private readonly JsonScanner _json;
    private readonly int _previewLength;

    private string? _model;
    private string? _modelElse;
    private bool? _streamed;
    private string? _sessionId;
    private string? _promptCacheKey;
    private string? _client;
    private string? _firstTurnsClient;
    private bool _firstTurnIsSystem;
    private bool _isPastFirstTurn;
    private string? _preview;
    private string? _turnText;
    private bool _turnIsUsers;

    /// <param name="shape">Where the API has what.</param>
    /// <param name="previewLength">Characters to keep of the last user message; 0: none.</param>
    /// <param name="model">The model, if the path tells it.</param>
    /// <param name="streamed">Whether the answer is streamed, if the path tells it.</param>
    public JsonRequestReader(RequestShape shape, int previewLength, string? model = null, bool? streamed = null)
    {
        (_shape, _previewLength, _model, _streamed) = (shape, previewLength, model, streamed);
        _json = new JsonScanner(this);
    }

    public ObservedRequest Request => new()
    {
        Model = _model ?? _modelElse,
        Streamed = _streamed ?? (_json.Ended ? _shape.StreamsUnlessTold : null),
        Client = _client,
        SessionId = _sessionId,
        PromptCacheKey = _promptCacheKey,
        PromptPreview = _preview,
    };

    public void Read(ReadOnlySpan<byte> bytes) => _json.Read(bytes);

    void IJsonVisitor.OnValue(ReadOnlySpan<byte> path, JsonScalar value)
    {
        if (path.SequenceEqual("model"u8))
        {
            _model = WithoutPrefix(value.Word) ?? _model;
        }
        else if (_shape.ModelElsePath.Length > 0 && path.SequenceEqual(_shape.ModelElsePath))
        {
            _modelElse = value.Word ?? _modelElse;
        }
        else if (path.SequenceEqual("stream"u8))
        {
            _streamed = value.IsTrue;
        }
        else if (path.SequenceEqual(_shape.SessionPath))
        {
            _sessionId = _shape.SessionOf(value);
        }
        else if (path.SequenceEqual("prompt_cache_key"u8))
        {
            _promptCacheKey = value.Text;
        }
        else
        {
            ReadSystemPrompt(path, value);
            if (_previewLength > 0)
            {
                ReadTurn(path, value);
            }
        }
    }

    void IJsonVisitor.OnObjectEnd(ReadOnlySpan<byte> path)
    {
        if ((_isPastFirstTurn && _previewLength == 0) || !path.SequenceEqual(_shape.TurnPath))
        {
            return;
        }

        if (!_isPastFirstTurn)
        {
            _isPastFirstTurn = true;
            _client ??= _firstTurnIsSystem ? _firstTurnsClient : null;
        }

        if (_previewLength > 0)
        {
            _preview = _turnIsUsers && _turnText is not null ? _turnText : _preview;
            (_turnIsUsers, _turnText) = (false, null);
        }
    }

    private string? WithoutPrefix(string? model) =>
        _shape.ModelPrefix.Length > 0 && model?.StartsWith(_shape.ModelPrefix, StringComparison.Ordinal) == true ? model[_shape.ModelPrefix.Length..] : model;

    private void ReadSystemPrompt(ReadOnlySpan<byte> path, JsonScalar value)
    {
        foreach (var system in _shape.SystemPaths)
        {
            if (path.SequenceEqual(system))
            {
                _client ??= Introduced(value);
            }
        }

        if (_isPastFirstTurn)
        {
            return;
        }

        if (path.SequenceEqual(_shape.RolePath))
        {
            _firstTurnIsSystem = value.Is("system"u8) || value.Is("developer"u8);
        }

        foreach (var text in _shape.TextPaths)
        {
            if (path.SequenceEqual(text))
            {
                _firstTurnsClient ??= Introduced(value);
            }
        }
    }

    private static string? Introduced(JsonScalar value) => value.IsString ? ClientNames.FromSystemPrompt(value.Bytes) : null;

    private void ReadTurn(ReadOnlySpan<byte> path, JsonScalar value)
    {
        if (path.SequenceEqual(_shape.RolePath))
        {
            _turnIsUsers = value.Is("user"u8);
            return;
        }

        foreach (var text in _shape.TextPaths)
        {
            if (path.SequenceEqual(text))
            {
                _turnText = value.Beginning(_previewLength);
            }
        }

        // Some APIs take a bare text instead of turns.
        if (path.SequenceEqual("input"u8) || path.SequenceEqual("prompt"u8))
        {
            _preview = value.Beginning(_previewLength) ?? _preview;
        }
    }
}
