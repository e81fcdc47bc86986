using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>
/// Reads a transcript line as <see cref="ClaudeCodeJson.Parse"/> does, in half of the time, if it is written as Claude Code writes it; anything else is left to that. Fields are
/// taken by their path, never by the first match: a tool's input can hold any name.
/// </summary>
internal ref struct ClaudeCodeWalk
{
    private readonly SchemaDrift _drift;
    private readonly List<ToolCall> _toolCalls;
    private readonly TextCache _texts;
    private JsonWalk _walk;
    private Field _type;
    private Field _timestamp;
    private Field _sessionId;
    private Field _agentId;
    private Field _requestId;
    private Field _uuid;
    private Field _parentUuid;
    private Field _cwd;
    private bool _isApiError;
    private bool _isSidechain;
    private Field _messageId;
    private Field _model;
    private Field _stopReason;
    private Field _serviceTier;
    private Field _speed;
    private Field _inferenceGeo;
    private ClaudeCodeCounts _counts;
    private int _iterationCount;

    private ClaudeCodeWalk(ReadOnlySpan<byte> line, TextCache texts, SchemaDrift drift, List<ToolCall> toolCalls)
    {
        _walk = new JsonWalk(line);
        (_texts, _drift, _toolCalls) = (texts, drift, toolCalls);
    }

    /// <summary>Whether a line says, before any message, that it is no answer.</summary>
    public static bool IsOfOtherType(ReadOnlySpan<byte> line)
    {
        var walk = new JsonWalk(line);
        if (!walk.Takes((byte)'{'))
        {
            return false;
        }

        do
        {
            if (!walk.TryName(out var name) || name.SequenceEqual("message"u8))
            {
                return false;
            }

            if (name.SequenceEqual("type"u8))
            {
                return walk.TryString(out var type, out var isEscaped) && !isEscaped && !type.SequenceEqual("assistant"u8);
            }
        }
        while (walk.TrySkip() && walk.Takes((byte)','));
        return false;
    }

    /// <returns><see langword="false"/> for a line that is unusual or wrong.</returns>
    public static bool TryParse(ReadOnlySpan<byte> line, TextCache texts, SchemaDrift drift, ClaudeCodeLine target)
    {
        target.Clear();
        var walk = new ClaudeCodeWalk(line, texts, drift, target.ToolCalls);
        if (!walk.TryLine() || !walk._walk.IsAtEnd || (walk._iterationCount > 1 && walk._counts.HasUnsplitCacheCreation))
        {
            return false;
        }

        walk.CopyTo(target);
        return true;
    }

    private readonly void CopyTo(ClaudeCodeLine target)
    {
        // Most lines without an answer end here, and no string is made of them.
        target.IsApiError = _isApiError;
        target.ParentUuid = _isApiError ? Text(_parentUuid) : null;
        if (!_counts.AreThere || !_type.Value.SequenceEqual("assistant"u8) || _isApiError)
        {
            return;
        }

        target.Type = "assistant";
        target.Counts = _counts;
        target.Time = ClaudeCodeTime.TryParse(_timestamp.Value, out var time) ? time : null;
        target.Timestamp = target.Time is null ? Text(_timestamp) : null;
        target.SessionId = Text(_sessionId);
        target.AgentId = Text(_agentId);
        target.IsSidechain = _isSidechain;
        target.RequestId = Text(_requestId);
        target.Uuid = Text(_uuid);
        target.Cwd = Text(_cwd);
        target.MessageId = Text(_messageId);
        target.ParentUuid = string.IsNullOrEmpty(target.MessageId) ? Text(_parentUuid) : null;
        target.Model = Text(_model);
        target.StopReason = Text(_stopReason);
        target.ServiceTier = Text(_serviceTier);
        target.Speed = Text(_speed);
        target.InferenceGeo = Text(_inferenceGeo);
    }

    private readonly string? Text(in Field field) =>
        !field.IsString ? null : field.IsEscaped ? JsonText.Unescape(field.Value) : _texts.Get(field.Value);

    private bool TryLine()
    {
        if (!_walk.Takes((byte)'{'))
        {
            return false;
        }

        do
        {
            if (!_walk.TryName(out var name) || !TryLineField(name))
            {
                return false;
            }
        }
        while (_walk.Takes((byte)','));
        return _walk.Takes((byte)'}');
    }

    private bool TryLineField(ReadOnlySpan<byte> name)
    {
        switch (name.Length)
        {
            case 3 when name.SequenceEqual("cwd"u8):
                return TryField(ref _cwd);
            case 4 when name.SequenceEqual("type"u8):
                return TryField(ref _type) && !_type.IsEscaped;
            case 4 when name.SequenceEqual("uuid"u8):
                return TryField(ref _uuid);
            case 7 when name.SequenceEqual("message"u8):
                return _walk.IsNext((byte)'{') ? TryMessage() : _walk.TrySkip();
            case 7 when name.SequenceEqual("agentId"u8):
                return TryField(ref _agentId);
            case 9 when name.SequenceEqual("timestamp"u8):
                return TryField(ref _timestamp);
            case 9 when name.SequenceEqual("sessionId"u8):
                return TryField(ref _sessionId);
            case 9 when name.SequenceEqual("requestId"u8):
                return TryField(ref _requestId);
            case 10 when name.SequenceEqual("parentUuid"u8):
                return TryField(ref _parentUuid);
            case 11 when name.SequenceEqual("isSidechain"u8):
                _isSidechain = _walk.IsNext((byte)'t');
                return _walk.TrySkip();
            case 17 when name.SequenceEqual("isApiErrorMessage"u8):
                _isApiError = _walk.IsNext((byte)'t');
                return _walk.TrySkip();
            default:
                return _walk.TrySkip();
        }
    }

    private bool TryMessage()
    {
        _walk.Takes((byte)'{');
        if (_walk.Takes((byte)'}'))
        {
            return true;
        }

        do
        {
            if (!_walk.TryName(out var name) || !TryMessageField(name))
            {
                return false;
            }
        }
        while (_walk.Takes((byte)','));
        return _walk.Takes((byte)'}');
    }

    private bool TryMessageField(ReadOnlySpan<byte> name)
    {
        switch (name.Length)
        {
            case 2 when name.SequenceEqual("id"u8):
                return TryField(ref _messageId);
            case 5 when name.SequenceEqual("model"u8):
                return TryField(ref _model);
            case 5 when name.SequenceEqual("usage"u8):
                return _walk.IsNext((byte)'{') ? TryUsage() : _walk.TrySkip();
            case 7 when name.SequenceEqual("content"u8):
                return _walk.IsNext((byte)'[') ? TryContent() : _walk.TrySkip();
            case 11 when name.SequenceEqual("stop_reason"u8):
                return TryField(ref _stopReason);
            case 15 when name.SequenceEqual("pausedResponses"u8):
                return false; // Rare, and left to the reader.
            default:
                return _walk.TrySkip();
        }
    }

    private bool TryContent()
    {
        _walk.Takes((byte)'[');
        if (_walk.Takes((byte)']'))
        {
            return true;
        }

        do
        {
            if (!(_walk.IsNext((byte)'{') ? TryBlock() : _walk.TrySkip()))
            {
                return false;
            }
        }
        while (_walk.Takes((byte)','));
        return _walk.Takes((byte)']');
    }

    private bool TryBlock()
    {
        _walk.Takes((byte)'{');
        if (_walk.Takes((byte)'}'))
        {
            return true;
        }

        Field type = default, id = default, toolName = default;
        do
        {
            if (!_walk.TryName(out var name)
                || !(name.SequenceEqual("type"u8) ? TryField(ref type)
                    : name.SequenceEqual("id"u8) ? TryField(ref id)
                    : name.SequenceEqual("name"u8) ? TryField(ref toolName)
                    : _walk.TrySkip()))
            {
                return false;
            }
        }
        while (_walk.Takes((byte)','));

        if (!_walk.Takes((byte)'}') || type.IsEscaped)
        {
            return false;
        }

        if (type.Value.EndsWith("tool_use"u8) && id.IsString && toolName.IsString)
        {
            _toolCalls.Add(new ToolCall(Text(id)!, Text(toolName)!));
        }

        return true;
    }

    private bool TryUsage()
    {
        _walk.Takes((byte)'{');
        _counts.AreThere = true;
        if (_walk.Takes((byte)'}'))
        {
            return true;
        }

        do
        {
            if (!_walk.TryName(out var name) || !TryUsageField(name))
            {
                return false;
            }
        }
        while (_walk.Takes((byte)','));
        return _walk.Takes((byte)'}');
    }

    private bool TryUsageField(ReadOnlySpan<byte> name)
    {
        long? none = null;
        switch (name.Length)
        {
            case 5 when name.SequenceEqual("speed"u8):
                return TryField(ref _speed);
            case 10 when name.SequenceEqual("iterations"u8):
                return TryIterations();
            case 12 when name.SequenceEqual("input_tokens"u8):
                return TryCount(ref _counts.Input);
            case 12 when name.SequenceEqual("service_tier"u8):
                return TryField(ref _serviceTier);
            case 13 when name.SequenceEqual("output_tokens"u8):
                return TryCount(ref _counts.Output);
            case 13 when name.SequenceEqual("inference_geo"u8):
                return TryField(ref _inferenceGeo);
            case 14 when name.SequenceEqual("cache_creation"u8):
                return TryCounts(name, "ephemeral_5m_input_tokens"u8, ref _counts.CacheCreation5m, "ephemeral_1h_input_tokens"u8, ref _counts.CacheCreation1h);
            case 15 when name.SequenceEqual("server_tool_use"u8):
                return TryCounts(name, "web_search_requests"u8, ref _counts.WebSearches, default, ref none);
            case 21 when name.SequenceEqual("output_tokens_details"u8):
                return TryCounts(name, "thinking_tokens"u8, ref _counts.Reasoning, default, ref none);
            case 23 when name.SequenceEqual("cache_read_input_tokens"u8):
                return TryCount(ref _counts.CacheRead);
            case 27 when name.SequenceEqual("cache_creation_input_tokens"u8):
                return TryCount(ref _counts.CacheCreation);
            default:
                _drift.Unknown(name);
                return _walk.TrySkip();
        }
    }

    // Entries of the type message are in the counts beside the list, but may know more of the cache if there are several. Others are rare, and left to the reader.
    private bool TryIterations()
    {
        if (!_walk.IsNext((byte)'['))
        {
            return _walk.TrySkip();
        }

        _walk.Takes((byte)'[');
        if (_walk.Takes((byte)']'))
        {
            return true;
        }

        do
        {
            if (!TryMessageIteration())
            {
                return false;
            }

            _iterationCount++;
        }
        while (_walk.Takes((byte)','));
        return _walk.Takes((byte)']');
    }

    private bool TryMessageIteration()
    {
        if (!_walk.Takes((byte)'{'))
        {
            return false;
        }

        Field type = default;
        do
        {
            if (!_walk.TryName(out var name) || !(name.SequenceEqual("type"u8) ? TryField(ref type) : _walk.TrySkip()))
            {
                return false;
            }
        }
        while (_walk.Takes((byte)','));
        return _walk.Takes((byte)'}') && type.Value.SequenceEqual("message"u8);
    }

    private bool TryCounts(ReadOnlySpan<byte> path, ReadOnlySpan<byte> firstName, scoped ref long? first, ReadOnlySpan<byte> secondName, scoped ref long? second)
    {
        if (!_walk.IsNext((byte)'{'))
        {
            return _walk.TrySkip();
        }

        _walk.Takes((byte)'{');
        if (_walk.Takes((byte)'}'))
        {
            return true;
        }

        do
        {
            if (!_walk.TryName(out var name)
                || !(name.SequenceEqual(firstName) ? TryCount(ref first)
                    : !secondName.IsEmpty && name.SequenceEqual(secondName) ? TryCount(ref second)
                    : TryUnknown(path, name)))
            {
                return false;
            }
        }
        while (_walk.Takes((byte)','));
        return _walk.Takes((byte)'}');
    }

    private bool TryUnknown(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name)
    {
        if (_walk.IsNumberNext)
        {
            _drift.Unknown(path, name);
        }

        return _walk.TrySkip();
    }

    private bool TryCount(scoped ref long? count)
    {
        if (!_walk.TryNumber(out var number))
        {
            return false;
        }

        count = number is { } known ? TokenCount.OrUnknown(known) : null;
        return true;
    }

    private bool TryField(ref Field field)
    {
        if (!_walk.TryText(out var value, out var isString, out var isEscaped))
        {
            return false;
        }

        field = new Field { Value = value, IsString = isString, IsEscaped = isEscaped };
        return true;
    }

    /// <summary>A value that is a string, or none that matters.</summary>
    private ref struct Field
    {
        public ReadOnlySpan<byte> Value;
        public bool IsString;
        public bool IsEscaped;
    }
}
