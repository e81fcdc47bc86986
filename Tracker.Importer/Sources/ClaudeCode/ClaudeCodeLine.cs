using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>The fields of one transcript line that tell of a model call. Read in one pass, to the line's last byte, so that a torn line is noticed. Reads one line after the other.</summary>
internal sealed class ClaudeCodeLine
{
    // Tool inputs are nested as deeply as a model likes.
    private const int DeepestNesting = 512;

    private readonly List<ToolCall> _toolCalls = [];
    private SchemaDrift _drift = null!;
    private string? _keyOf;
    private UsageKey _key;

    public string? Type { get; set; }

    public string? Timestamp { get; set; }

    /// <summary>What <see cref="Timestamp"/> says, where that was read already.</summary>
    public DateTimeOffset? Time { get; set; }

    public string? SessionId { get; set; }

    public string? AgentId { get; set; }

    public string? RequestId { get; set; }

    /// <summary>The line's own id.</summary>
    public string? Uuid { get; set; }

    public string? ParentUuid { get; set; }

    public string? Cwd { get; set; }

    public bool IsApiError { get; set; }

    public string? MessageId { get; set; }

    public string? Model { get; set; }

    public string? StopReason { get; set; }

    public string? ServiceTier { get; set; }

    public string? Speed { get; set; }

    public string? InferenceGeo { get; set; }

    public ClaudeCodeCounts Counts { get; set; }

    public List<ToolCall> ToolCalls => _toolCalls;

    /// <summary>The line before an error text: if it is an answer, that answer broke off. 2.1 then writes a stop reason all the same, with the counts of the beginning.</summary>
    public string? BrokenParent => IsApiError ? ParentUuid : null;

    /// <exception cref="JsonException">The line is not one JSON value.</exception>
    public void Parse(ReadOnlySpan<byte> line, SchemaDrift drift)
    {
        Clear();
        _drift = drift;
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = DeepestNesting });
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            ReadLine(ref reader);
        }
        else
        {
            reader.Skip();
        }

        reader.Read(); // Throws when something follows.
    }

    /// <summary>Forgets the line before.</summary>
    public void Clear()
    {
        _toolCalls.Clear();
        (Type, Timestamp, Time, SessionId, AgentId, RequestId, Uuid, ParentUuid, Cwd, IsApiError) = (null, null, null, null, null, null, null, null, null, false);
        (MessageId, Model, StopReason, ServiceTier, Speed, InferenceGeo, Counts) = (null, null, null, null, null, null, default);
    }

    /// <param name="client">The client of the record.</param>
    /// <returns>Null when the line is not the answer of a model.</returns>
    /// <exception cref="FormatException">The answer has no time or nothing that identifies it.</exception>
    public UsageRecord? ToRecord(string client)
    {
        // Error texts and local replies are written as answers of a model named <synthetic>.
        if (Type != "assistant" || !Counts.AreThere || IsApiError || Model == "<synthetic>")
        {
            return null;
        }

        if (Time is not { } time && !DateTimeOffset.TryParse(Timestamp, null, System.Globalization.DateTimeStyles.AssumeUniversal, out time))
        {
            throw new FormatException("has no valid timestamp");
        }

        var isComplete = StopReason is not null;
        var cacheCreation = CacheCreation.From(Counts.CacheCreation ?? 0, Counts.CacheCreation5m, Counts.CacheCreation1h);
        return new UsageRecord
        {
            Key = Key(client),
            Evidence = Evidence.Transcript,
            Quality = isComplete ? CountQuality.Exact : CountQuality.Partial,
            Outcome = isComplete ? CallOutcome.Completed : CallOutcome.Incomplete,
            OccurredAt = time,
            Provider = Provider(),
            Client = client,
            ResponseModel = Model,
            InputTokens = Counts.Input,
            OutputTokens = Counts.Output,
            ReasoningTokens = Counts.Reasoning,
            CacheReadTokens = Counts.CacheRead ?? 0,
            CacheCreation5mTokens = cacheCreation.FiveMinutes,
            CacheCreation1hTokens = cacheCreation.OneHour,
            WebSearchRequests = Counts.WebSearches,
            StopReason = StopReason,
            RequestId = RequestId,
            SessionId = SessionId,
            AgentId = AgentId,
            Project = Cwd,
            ServiceTier = ServiceTier,
            Speed = Speed,
            InferenceGeo = InferenceGeo == "not_available" ? null : InferenceGeo,
            ToolCalls = _toolCalls.Count == 0 ? [] : [.. _toolCalls],
        };
    }

    private UsageKey Key(string client)
    {
        if (MessageId is not null && ReferenceEquals(MessageId, _keyOf))
        {
            return _key; // The lines of one answer follow each other.
        }

        if (UsageKey.TryFromResponseId("anthropic", MessageId, out var key))
        {
            (_keyOf, _key) = (MessageId, key);
            return key;
        }

        // A local server that counts its answers: the id alone would repeat.
        return (MessageId, RequestId ?? SessionId, Uuid) switch
        {
            ({ } id, { } within, _) => UsageKey.OfTranscript(client, $"{id}:{within}"),
            (_, _, { } uuid) => UsageKey.OfTranscript(client, uuid),
            _ => throw new FormatException("has neither a message id nor a uuid"),
        };
    }

    // Amazon Bedrock and Google Vertex put their mark into the id; what another vendor's endpoint runs has another name.
    private string? Provider()
    {
        if (MessageId?.StartsWith("msg_bdrk_", StringComparison.Ordinal) == true)
        {
            return "bedrock";
        }

        if (MessageId?.StartsWith("msg_vrtx_", StringComparison.Ordinal) == true)
        {
            return "vertex";
        }

        return Model?.StartsWith("claude-", StringComparison.Ordinal) == true ? "anthropic" : null;
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
                Type = Text(ref reader);
            }
            else if (reader.ValueTextEquals("timestamp"u8))
            {
                Timestamp = Text(ref reader);
            }
            else if (reader.ValueTextEquals("sessionId"u8))
            {
                SessionId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("agentId"u8))
            {
                AgentId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("requestId"u8))
            {
                RequestId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("uuid"u8))
            {
                Uuid = Text(ref reader);
            }
            else if (reader.ValueTextEquals("parentUuid"u8))
            {
                ParentUuid = Text(ref reader);
            }
            else if (reader.ValueTextEquals("cwd"u8))
            {
                Cwd = Text(ref reader);
            }
            else if (reader.ValueTextEquals("isApiErrorMessage"u8))
            {
                reader.Read();
                IsApiError = reader.TokenType == JsonTokenType.True;
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
                MessageId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                Model = Text(ref reader);
            }
            else if (reader.ValueTextEquals("stop_reason"u8))
            {
                StopReason = Text(ref reader);
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

        var counts = Counts with { AreThere = true };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("input_tokens"u8))
            {
                counts.Input = Count(ref reader);
            }
            else if (reader.ValueTextEquals("output_tokens"u8))
            {
                counts.Output = Count(ref reader);
            }
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
            {
                counts.CacheRead = Count(ref reader);
            }
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                counts.CacheCreation = Count(ref reader);
            }
            else if (reader.ValueTextEquals("cache_creation"u8))
            {
                ReadCounts(ref reader, "ephemeral_5m_input_tokens"u8, ref counts.CacheCreation5m, "ephemeral_1h_input_tokens"u8, ref counts.CacheCreation1h);
            }
            else if (reader.ValueTextEquals("output_tokens_details"u8))
            {
                long? none = null;
                ReadCounts(ref reader, "thinking_tokens"u8, ref counts.Reasoning, default, ref none);
            }
            else if (reader.ValueTextEquals("server_tool_use"u8))
            {
                long? none = null;
                ReadCounts(ref reader, "web_search_requests"u8, ref counts.WebSearches, default, ref none);
            }
            else if (reader.ValueTextEquals("service_tier"u8))
            {
                ServiceTier = Text(ref reader);
            }
            else if (reader.ValueTextEquals("speed"u8))
            {
                Speed = Text(ref reader);
            }
            else if (reader.ValueTextEquals("inference_geo"u8))
            {
                InferenceGeo = Text(ref reader);
            }
            else
            {
                _drift.Unknown(reader.ValueSpan);
                SkipValue(ref reader); // iterations repeat what the totals hold.
            }
        }

        Counts = counts;
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

        return JsonText.Of(ref reader);
    }
}
