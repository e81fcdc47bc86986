using System.Globalization;

namespace Tracker.Tests.Importer;

/// <summary>Lines of Codex's rollouts, as its versions write them.</summary>
internal static class CodexLines
{
    // UUIDs of version 7 begin with the time: the thread's turn is younger than it, the parent's turn older.
    public const string ParentThread = "01a20970-0000-7000-8000-00000000aaaa";
    public const string ParentTurn = "01a20971-0000-7000-8000-00000000aaaa";
    public const string OwnThread = "01a20980-0000-7000-8000-00000000bbbb";
    public const string Turn = "01a20980-0010-7000-8000-00000000bbbb";
    public const string LaterTurn = "01a20990-0000-7000-8000-00000000bbbb";

    public static string FileOf(string thread) => $".codex/sessions/2026/11/23/rollout-2026-11-23T17-41-10-{thread}.jsonl";

    public static string Limits(string time, double primary, double secondary) => string.Create(CultureInfo.InvariantCulture, $$$$"""
        {"timestamp":"2026-11-23T17:{{{{time}}}}.000Z","type":"event_msg","payload":{"type":"token_count","info":null,"rate_limits":{"limit_id":"codex","limit_name":null,"primary":{"used_percent":{{{{primary}}}},"window_minutes":300,"resets_at":1795450000},"secondary":{"used_percent":{{{{secondary}}}},"window_minutes":10080,"resets_at":1795950000},"credits":null,"plan_type":"plus"}}}
        """);

    public static string Key(int number) => $"openai:resp_TEST{number:D44}";

    public static string Line(string type, string payload) => $$"""{"timestamp":"2026-11-23T17:50:00.000Z","type":"{{type}}","payload":{{payload}}}""";

    public static string Meta(string id, string? parent = null, string? forkedFrom = null) => Line("session_meta", parent is null
        ? $$"""{"id":"{{id}}"{{Field("forked_from_id", forkedFrom)}},"timestamp":"2026-11-23T17:41:10.826Z","cwd":"/home/dev/project","originator":"codex_exec","cli_version":"0.42.0","source":"exec","model_provider":"openai"}"""
        : $$$$"""{"id":"{{{{id}}}}"{{{{Field("forked_from_id", forkedFrom)}}}},"session_id":"{{{{parent}}}}","cwd":"/home/dev/project","source":{"subagent":{"thread_spawn":{"parent_thread_id":"{{{{parent}}}}","depth":1}}},"model_provider":"openai"}""");

    public static string Context(string? turn, string model = "gpt-5") => Line("turn_context", $$"""{"cwd":"/home/dev/project","model":"{{model}}"{{Field("turn_id", turn)}},"summary":"auto"}""");

    public static string Started(string turn) => Line("event_msg", $$"""{"type":"task_started","turn_id":"{{turn}}","model_context_window":258400}""");

    public static string Compacted() => Line("compacted", """{"message":"a summary"}""");

    public static string NoCount() => Line("event_msg", """{"type":"token_count","info":null,"rate_limits":{"primary":null}}""");

    public static string Call(string id, string name) => Line("response_item", $$"""{"type":"function_call","name":"{{name}}","arguments":"{}","call_id":"{{id}}"}""");

    /// <summary>The counts after so many calls of 1000 input (900 cached) and 10 output tokens each, of which so many are new.</summary>
    public static string Count(int calls, int last, long? total = null, long? lastTotal = null) =>
        Line("event_msg", $$"""{"type":"token_count","info":{"total_token_usage":{{Counts(calls, total)}},"last_token_usage":{{Counts(last, lastTotal)}},"model_context_window":258400},"rate_limits":null}""");

    public static string Record(int number, string thread = OwnThread, string? session = null) => Line("token_usage_record",
        $$"""{"thread_id":"{{thread}}","turn_id":"{{Turn}}","session_id":"{{session ?? thread}}","response_id":"{{Key(number)["openai:".Length..]}}","usage":{{Counts(1, null, written: true)}},"thread_token_usage":{{Counts(number, null, written: true)}}}""");

    private static string Counts(int calls, long? total, bool written = false) =>
        $$"""{"input_tokens":{{calls * 1000}},"cached_input_tokens":{{calls * 900}}{{(written ? ",\"cache_write_input_tokens\":0" : "")}},"output_tokens":{{calls * 10}},"reasoning_output_tokens":{{calls * 4}},"total_tokens":{{total ?? (calls * 1010)}}}""";

    private static string Field(string name, string? value) => value is null ? "" : $",\"{name}\":\"{value}\"";
}
