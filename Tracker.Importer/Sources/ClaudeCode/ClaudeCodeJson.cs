using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>Reads any transcript line, in one pass and to its last byte, so that a torn line is noticed. For those that are too odd for <see cref="ClaudeCodeWalk"/>.</summary>
internal static class ClaudeCodeJson
{
    // Tool inputs are nested as deeply as a model likes.
    private const int DeepestNesting = 512;

    /// <param name="line">The line.</param>
    /// <param name="drift">Gets token fields that nobody knows.</param>
    /// <param name="to">Gets what the line tells; what it held before is forgotten.</param>
    /// <exception cref="JsonException">The line is not one JSON value.</exception>
    public static void Parse(ReadOnlySpan<byte> line, SchemaDrift drift, ClaudeCodeLine to)
    {
        to.Clear();
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = DeepestNesting });
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            ReadLine(ref reader, to, drift);
        }
        else
        {
            reader.Skip();
        }

        reader.Read(); // Throws when something follows.
    }

    private static void ReadLine(ref Utf8JsonReader reader, ClaudeCodeLine to, SchemaDrift drift)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("message"u8))
            {
                ReadMessage(ref reader, to, drift);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                to.Type = Text(ref reader);
            }
            else if (reader.ValueTextEquals("timestamp"u8))
            {
                to.Timestamp = Text(ref reader);
            }
            else if (reader.ValueTextEquals("sessionId"u8))
            {
                to.SessionId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("agentId"u8))
            {
                to.AgentId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("requestId"u8))
            {
                to.RequestId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("uuid"u8))
            {
                to.Uuid = Text(ref reader);
            }
            else if (reader.ValueTextEquals("parentUuid"u8))
            {
                to.ParentUuid = Text(ref reader);
            }
            else if (reader.ValueTextEquals("cwd"u8))
            {
                to.Cwd = Text(ref reader);
            }
            else if (reader.ValueTextEquals("isSidechain"u8))
            {
                reader.Read();
                to.IsSidechain = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("isApiErrorMessage"u8))
            {
                reader.Read();
                to.IsApiError = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else
            {
                SkipValue(ref reader);
            }
        }
    }

    private static void ReadMessage(ref Utf8JsonReader reader, ClaudeCodeLine to, SchemaDrift drift)
    {
        if (!Enters(ref reader, JsonTokenType.StartObject))
        {
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                to.MessageId = Text(ref reader);
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                to.Model = Text(ref reader);
            }
            else if (reader.ValueTextEquals("stop_reason"u8))
            {
                to.StopReason = Text(ref reader);
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                ReadContent(ref reader, to);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                ReadUsage(ref reader, to, drift);
            }
            else if (reader.ValueTextEquals("pausedResponses"u8))
            {
                ReadPausedResponses(ref reader, drift);
            }
            else
            {
                SkipValue(ref reader);
            }
        }
    }

    // Requests of their own, which no row can be made of: see the README.
    private static void ReadPausedResponses(ref Utf8JsonReader reader, SchemaDrift drift)
    {
        if (!Enters(ref reader, JsonTokenType.StartArray))
        {
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            drift.UnknownKind("message", "pausedResponses");
            reader.Skip();
        }
    }

    private static void ReadContent(ref Utf8JsonReader reader, ClaudeCodeLine to)
    {
        if (!Enters(ref reader, JsonTokenType.StartArray))
        {
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadBlock(ref reader, to);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadBlock(ref Utf8JsonReader reader, ClaudeCodeLine to)
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
            to.ToolCalls.Add(new ToolCall(id, name));
        }
    }

    private static void ReadUsage(ref Utf8JsonReader reader, ClaudeCodeLine to, SchemaDrift drift)
    {
        if (!Enters(ref reader, JsonTokenType.StartObject))
        {
            return;
        }

        var counts = to.Counts with { AreThere = true };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (TryReadTokens(ref reader, drift, ref counts))
            {
                continue;
            }

            if (reader.ValueTextEquals("iterations"u8))
            {
                ReadIterations(ref reader, to, drift);
            }
            else if (reader.ValueTextEquals("output_tokens_details"u8))
            {
                long? none = null;
                ReadCounts(ref reader, drift, "output_tokens_details"u8, "thinking_tokens"u8, ref counts.Reasoning, default, ref none);
            }
            else if (reader.ValueTextEquals("server_tool_use"u8))
            {
                long? none = null;
                ReadCounts(ref reader, drift, "server_tool_use"u8, "web_search_requests"u8, ref counts.WebSearches, default, ref none);
            }
            else if (reader.ValueTextEquals("service_tier"u8))
            {
                to.ServiceTier = Text(ref reader);
            }
            else if (reader.ValueTextEquals("speed"u8))
            {
                to.Speed = Text(ref reader);
            }
            else if (reader.ValueTextEquals("inference_geo"u8))
            {
                to.InferenceGeo = Text(ref reader);
            }
            else
            {
                drift.Unknown(reader.ValueSpan);
                SkipValue(ref reader);
            }
        }

        to.Counts = counts;
    }

    private static void ReadIterations(ref Utf8JsonReader reader, ClaudeCodeLine to, SchemaDrift drift)
    {
        to.Iterations.Clear();
        if (!Enters(ref reader, JsonTokenType.StartArray))
        {
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadIteration(ref reader, to, drift);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadIteration(ref Utf8JsonReader reader, ClaudeCodeLine to, SchemaDrift drift)
    {
        string? type = null, model = null;
        var counts = default(ClaudeCodeCounts);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (TryReadTokens(ref reader, null, ref counts))
            {
                continue;
            }

            if (reader.ValueTextEquals("type"u8))
            {
                type = Text(ref reader);
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                model = Text(ref reader);
            }
            else
            {
                SkipValue(ref reader);
            }
        }

        if (!to.Iterations.TryAdd(type, model, counts.Tokens))
        {
            drift.UnknownKind("iterations", type);
        }
    }

    private static bool TryReadTokens(ref Utf8JsonReader reader, SchemaDrift? drift, ref ClaudeCodeCounts counts)
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
            ReadCounts(ref reader, drift, "cache_creation"u8, "ephemeral_5m_input_tokens"u8, ref counts.CacheCreation5m, "ephemeral_1h_input_tokens"u8, ref counts.CacheCreation1h);
        }
        else
        {
            return false;
        }

        return true;
    }

    private static void ReadCounts(
        ref Utf8JsonReader reader, SchemaDrift? drift, ReadOnlySpan<byte> path, ReadOnlySpan<byte> firstName, ref long? first, ReadOnlySpan<byte> secondName, ref long? second)
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
                var name = reader.ValueSpan;
                reader.Read();
                if (reader.TokenType == JsonTokenType.Number)
                {
                    drift?.Unknown(path, name);
                }

                reader.Skip();
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
