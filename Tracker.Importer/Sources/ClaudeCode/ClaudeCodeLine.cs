using System.Text;
using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>The fields of one transcript line that tell of a model call. Read in one pass, to the line's last byte, so that a torn line is noticed.</summary>
internal sealed class ClaudeCodeLine
{
    // Tool inputs are nested as deeply as a model likes.
    private const int DeepestNesting = 512;

    private readonly List<ToolCall> _toolCalls = [];
    private string? _type;
    private string? _timestamp;
    private string? _sessionId;
    private string? _agentId;
    private string? _requestId;
    private string? _parentUuid;
    private string? _cwd;
    private bool _isApiError;
    private string? _messageId;
    private string? _model;
    private string? _stopReason;
    private bool _hasUsage;
    private long? _input;
    private long? _output;
    private long? _reasoning;
    private long? _cacheRead;
    private long? _cacheCreation;
    private long? _cacheCreation5m;
    private long? _cacheCreation1h;
    private long? _webSearches;
    private string? _serviceTier;
    private string? _speed;
    private string? _inferenceGeo;

    private readonly SchemaDrift _drift;

    private ClaudeCodeLine(SchemaDrift drift) => _drift = drift;

    /// <summary>The line's own id.</summary>
    public string? Uuid { get; private set; }

    /// <summary>The line before an error text: if it is an answer, that answer broke off. 2.1 then writes a stop reason all the same, with the counts of the beginning.</summary>
    public string? BrokenParent => _isApiError ? _parentUuid : null;

    /// <exception cref="JsonException">The line is not one JSON value.</exception>
    public static ClaudeCodeLine Parse(ReadOnlySpan<byte> line, SchemaDrift drift)
    {
        var result = new ClaudeCodeLine(drift);
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = DeepestNesting });
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            result.ReadLine(ref reader);
        }
        else
        {
            reader.Skip();
        }

        reader.Read(); // Throws when something follows.
        return result;
    }

    /// <param name="client">The client of the record.</param>
    /// <returns>Null when the line is not the answer of a model.</returns>
    /// <exception cref="FormatException">The answer has no time or nothing that identifies it.</exception>
    public UsageRecord? ToRecord(string client)
    {
        // Error texts and local replies are written as answers of a model named <synthetic>.
        if (_type != "assistant" || !_hasUsage || _isApiError || _model == "<synthetic>")
        {
            return null;
        }

        if (!DateTimeOffset.TryParse(_timestamp, null, System.Globalization.DateTimeStyles.AssumeUniversal, out var time))
        {
            throw new FormatException("has no valid timestamp");
        }

        var isComplete = _stopReason is not null;
        var cacheCreation = CacheCreation.From(_cacheCreation ?? 0, _cacheCreation5m, _cacheCreation1h);
        return new UsageRecord
        {
            Key = Key(client),
            Evidence = Evidence.Transcript,
            Quality = isComplete ? CountQuality.Exact : CountQuality.Partial,
            Outcome = isComplete ? CallOutcome.Completed : CallOutcome.Incomplete,
            OccurredAt = time,
            Provider = Provider(),
            Client = client,
            ResponseModel = _model,
            InputTokens = _input,
            OutputTokens = _output,
            ReasoningTokens = _reasoning,
            CacheReadTokens = _cacheRead ?? 0,
            CacheCreation5mTokens = cacheCreation.FiveMinutes,
            CacheCreation1hTokens = cacheCreation.OneHour,
            WebSearchRequests = _webSearches,
            StopReason = _stopReason,
            RequestId = _requestId,
            SessionId = _sessionId,
            AgentId = _agentId,
            Project = _cwd,
            ServiceTier = _serviceTier,
            Speed = _speed,
            InferenceGeo = _inferenceGeo == "not_available" ? null : _inferenceGeo,
            ToolCalls = _toolCalls,
        };
    }

    private UsageKey Key(string client)
    {
        if (UsageKey.TryFromResponseId("anthropic", _messageId, out var key))
        {
            return key;
        }

        // A local server that counts its answers: the id alone would repeat.
        return (_messageId, _requestId ?? _sessionId, Uuid) switch
        {
            ({ } id, { } within, _) => UsageKey.OfTranscript(client, $"{id}:{within}"),
            (_, _, { } uuid) => UsageKey.OfTranscript(client, uuid),
            _ => throw new FormatException("has neither a message id nor a uuid"),
        };
    }

    // Amazon Bedrock and Google Vertex put their mark into the id; what another vendor's endpoint runs has another name.
    private string? Provider()
    {
        if (_messageId?.StartsWith("msg_bdrk_", StringComparison.Ordinal) == true)
        {
            return "bedrock";
        }

        if (_messageId?.StartsWith("msg_vrtx_", StringComparison.Ordinal) == true)
        {
            return "vertex";
        }

        return _model?.StartsWith("claude-", StringComparison.Ordinal) == true ? "anthropic" : null;
    }

    private void ReadLine(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("message"u8))
            {
                ReadMessage(ref reader);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                _type = Text(ref reader);
            }
            else if (reader.ValueTextEquals("timestamp"u8))
            {
                _timestamp = Text(ref reader);
            }
            else if (reader.ValueTextEquals("sessionId"u8))
            {
                _sessionId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("agentId"u8))
            {
                _agentId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("requestId"u8))
            {
                _requestId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("uuid"u8))
            {
                Uuid = Text(ref reader);
            }
            else if (reader.ValueTextEquals("parentUuid"u8))
            {
                _parentUuid = Text(ref reader);
            }
            else if (reader.ValueTextEquals("cwd"u8))
            {
                _cwd = Text(ref reader);
            }
            else if (reader.ValueTextEquals("isApiErrorMessage"u8))
            {
                reader.Read();
                _isApiError = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else
            {
                SkipValue(ref reader);
            }
        }
    }

    private void ReadMessage(ref Utf8JsonReader reader)
    {
        if (!Enters(ref reader, JsonTokenType.StartObject))
        {
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                _messageId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                _model = Text(ref reader);
            }
            else if (reader.ValueTextEquals("stop_reason"u8))
            {
                _stopReason = Text(ref reader);
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                ReadContent(ref reader);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                ReadUsage(ref reader);
            }
            else
            {
                SkipValue(ref reader);
            }
        }
    }

    private void ReadContent(ref Utf8JsonReader reader)
    {
        if (!Enters(ref reader, JsonTokenType.StartArray))
        {
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadBlock(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadBlock(ref Utf8JsonReader reader)
    {
        string? type = null, id = null, name = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                type = Text(ref reader);
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                id = Text(ref reader);
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                name = Text(ref reader);
            }
            else
            {
                SkipValue(ref reader);
            }
        }

        // tool_use, server_tool_use and mcp_tool_use.
        if (type?.EndsWith("tool_use", StringComparison.Ordinal) == true && id is not null && name is not null)
        {
            _toolCalls.Add(new ToolCall(id, name));
        }
    }

    private void ReadUsage(ref Utf8JsonReader reader)
    {
        if (!Enters(ref reader, JsonTokenType.StartObject))
        {
            return;
        }

        _hasUsage = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("input_tokens"u8))
            {
                _input = Count(ref reader);
            }
            else if (reader.ValueTextEquals("output_tokens"u8))
            {
                _output = Count(ref reader);
            }
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
            {
                _cacheRead = Count(ref reader);
            }
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                _cacheCreation = Count(ref reader);
            }
            else if (reader.ValueTextEquals("cache_creation"u8))
            {
                ReadCounts(ref reader, "ephemeral_5m_input_tokens"u8, ref _cacheCreation5m, "ephemeral_1h_input_tokens"u8, ref _cacheCreation1h);
            }
            else if (reader.ValueTextEquals("output_tokens_details"u8))
            {
                long? none = null;
                ReadCounts(ref reader, "thinking_tokens"u8, ref _reasoning, default, ref none);
            }
            else if (reader.ValueTextEquals("server_tool_use"u8))
            {
                long? none = null;
                ReadCounts(ref reader, "web_search_requests"u8, ref _webSearches, default, ref none);
            }
            else if (reader.ValueTextEquals("service_tier"u8))
            {
                _serviceTier = Text(ref reader);
            }
            else if (reader.ValueTextEquals("speed"u8))
            {
                _speed = Text(ref reader);
            }
            else if (reader.ValueTextEquals("inference_geo"u8))
            {
                _inferenceGeo = Text(ref reader);
            }
            else
            {
                _drift.Unknown(reader.ValueSpan);
                SkipValue(ref reader); // iterations repeat what the totals hold.
            }
        }
    }

    private static void ReadCounts(ref Utf8JsonReader reader, ReadOnlySpan<byte> firstName, ref long? first, ReadOnlySpan<byte> secondName, ref long? second)
    {
        if (!Enters(ref reader, JsonTokenType.StartObject))
        {
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(firstName))
            {
                first = Count(ref reader);
            }
            else if (!secondName.IsEmpty && reader.ValueTextEquals(secondName))
            {
                second = Count(ref reader);
            }
            else
            {
                SkipValue(ref reader);
            }
        }
    }

    // Moves to the value; anything but the wanted kind is skipped.
    private static bool Enters(ref Utf8JsonReader reader, JsonTokenType wanted)
    {
        reader.Read();
        if (reader.TokenType == wanted)
        {
            return true;
        }

        reader.Skip();
        return false;
    }

    private static void SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    private static long? Count(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count))
        {
            return TokenCount.OrUnknown(count);
        }

        reader.Skip();
        return null;
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return null;
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8: kept as they are written.
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }
}
