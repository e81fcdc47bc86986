using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Recording;

/// <summary>
/// Writes a record as <see cref="JournalJson"/> would, which cannot take its fast path because a key has a converter of its own, and so costs a request twice the time.
/// A test holds the two together.
/// </summary>
internal static class JournalRecord
{
    public static void Write(Utf8JsonWriter json, UsageRecord record)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, record.Key.Value);
        json.WriteNumber("evidence"u8, (int)record.Evidence);
        json.WriteNumber("quality"u8, (int)record.Quality);
        json.WriteNumber("outcome"u8, (int)record.Outcome);
        json.WriteString("occurred_at"u8, record.OccurredAt);
        Write(json, "provider"u8, record.Provider);
        Write(json, "client"u8, record.Client);
        Write(json, "request_model"u8, record.RequestModel);
        Write(json, "response_model"u8, record.ResponseModel);
        if (record.ModelSteppedIn is { } steppedIn)
        {
            json.WriteBoolean("model_stepped_in"u8, steppedIn);
        }

        Write(json, "input_tokens"u8, record.InputTokens);
        Write(json, "output_tokens"u8, record.OutputTokens);
        Write(json, "reasoning_tokens"u8, record.ReasoningTokens);
        Write(json, "cache_read_tokens"u8, record.CacheReadTokens);
        Write(json, "cache_creation5m_tokens"u8, record.CacheCreation5mTokens);
        Write(json, "cache_creation1h_tokens"u8, record.CacheCreation1hTokens);
        Write(json, "web_search_requests"u8, record.WebSearchRequests);
        Write(json, "status_code"u8, record.StatusCode);
        Write(json, "stop_reason"u8, record.StopReason);
        if (record.Streamed is { } streamed)
        {
            json.WriteBoolean("streamed"u8, streamed);
        }

        Write(json, "duration_ms"u8, record.DurationMs);
        Write(json, "time_to_first_token_ms"u8, record.TimeToFirstTokenMs);
        Write(json, "request_id"u8, record.RequestId);
        Write(json, "session_id"u8, record.SessionId);
        Write(json, "agent_id"u8, record.AgentId);
        Write(json, "parent_agent_id"u8, record.ParentAgentId);
        Write(json, "project"u8, record.Project);
        Write(json, "service_tier"u8, record.ServiceTier);
        Write(json, "speed"u8, record.Speed);
        Write(json, "inference_geo"u8, record.InferenceGeo);
        Write(json, "auth_mode"u8, (long?)record.AuthMode);
        Write(json, "user_agent"u8, record.UserAgent);
        Write(json, "prompt_preview"u8, record.PromptPreview);
        Write(json, "client_cost_nano_usd"u8, record.ClientCostNanoUsd);
        json.WriteStartArray("limits"u8);
        foreach (var limit in record.Limits)
        {
            Write(json, limit);
        }

        json.WriteEndArray();
        json.WriteStartArray("tool_calls"u8);
        foreach (var call in record.ToolCalls)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, call.Id);
            json.WriteString("name"u8, call.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LimitSample limit)
    {
        json.WriteStartObject();
        json.WriteString("window"u8, limit.Window);
        json.WriteString("observed_at"u8, limit.ObservedAt);
        json.WriteNumber("used_fraction"u8, limit.UsedFraction);
        if (limit.ResetsAt is { } resetsAt)
        {
            json.WriteString("resets_at"u8, resetsAt);
        }

        Write(json, "provider"u8, limit.Provider);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }
}
