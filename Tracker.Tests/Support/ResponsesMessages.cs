using System.Globalization;

namespace Tracker.Tests.Support;

/// <summary>Messages of the Responses API as they are sent over a WebSocket, with counts that follow from the number of the response.</summary>
internal static class ResponsesMessages
{
    public static string IdOf(int response) => $"resp_0123456789abcdef{response:D4}";

    public static string Create(int response, string? streamId = null) =>
        $$"""{"type":"response.create",{{Lane(streamId)}}"model":"gpt-{{response}}","input":[{"type":"message","role":"user","content":"é {\"type\":\"x\"}"}],"prompt_cache_key":"s-{{response}}"}""";

    public static string Created(int response, string? streamId = null) =>
        $$$"""{"type":"response.created",{{{Lane(streamId)}}}"response":{"id":"{{{IdOf(response)}}}","status":"in_progress","model":"gpt-{{{response}}}","usage":null}}""";

    public static string Delta => """{"type":"response.output_text.delta","delta":"Hello"}""";

    public static string ToolAsked => """{"type":"response.output_item.done","item":{"type":"function_call","call_id":"call_1","name":"shell"}}""";

    public static string Ended(int response, string how = "completed", string? streamId = null) =>
        $$$$"""{"type":"response.{{{{how}}}}",{{{{Lane(streamId)}}}}"response":{"id":"{{{{IdOf(response)}}}}","status":"{{{{how}}}}","model":"gpt-{{{{response}}}}","usage":{"input_tokens":{{{{1000 + response}}}},"input_tokens_details":{"cached_tokens":100},"output_tokens_details":{"reasoning_tokens":42},"output_tokens":{{{{300 + response}}}},"total_tokens":0}}}""";

    public static string Error => """{"type":"error","status":429,"error":{"type":"usage_limit_reached","code":"x","message":"no"}}""";

    /// <summary>As openai/codex, <c>codex-rs/codex-api/src/rate_limits.rs</c>, reads it (2026-11).</summary>
    public static string RateLimits(double usedPercent, string limit = "codex", string? streamId = null) =>
        $$$"""{"type":"codex.rate_limits",{{{Lane(streamId)}}}"plan_type":"plus","rate_limits":{"allowed":true,"limit_reached":false,"primary":{"used_percent":{{{usedPercent.ToString(CultureInfo.InvariantCulture)}}},"window_minutes":300,"reset_at":1795450000},"secondary":{"used_percent":77,"window_minutes":10080,"reset_after_seconds":60}},"credits":{"has_credits":false,"unlimited":false,"balance":null},"metered_limit_name":"{{{limit}}}"}""";

    private static string Lane(string? streamId) => streamId is null ? "" : $"\"stream_id\":\"{streamId}\",";
}
