using System.Text;
using Microsoft.AspNetCore.Http;

namespace Tracker.Tests.Support;

/// <summary>Answers as the Messages API gives them; the counts follow from the call's number.</summary>
internal static class AnthropicAnswers
{
    public static string IdOf(int call) => $"msg_01TEST{call:D18}";

    public static long InputOf(int call) => 1000 + call;

    public static long OutputOf(int call) => 300 + (11 * call);

    public static string Message(int call) => $$$$"""
        {"id":"{{{{IdOf(call)}}}}","type":"message","role":"assistant","model":"claude-opus-4-8","content":[{"type":"text","text":"Hello."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":{{{{InputOf(call)}}}},"cache_creation_input_tokens":3508,"cache_read_input_tokens":20007,"cache_creation":{"ephemeral_5m_input_tokens":3003,"ephemeral_1h_input_tokens":505},"output_tokens":{{{{OutputOf(call)}}}},"service_tier":"standard"}}
        """;

    public static string Start(int call) => Event("message_start", $$$$"""
        {"type":"message_start","message":{"id":"{{{{IdOf(call)}}}}","type":"message","role":"assistant","model":"claude-opus-4-8","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":{{{{InputOf(call)}}}},"cache_creation_input_tokens":3508,"cache_read_input_tokens":20007,"cache_creation":{"ephemeral_5m_input_tokens":3003,"ephemeral_1h_input_tokens":505},"output_tokens":2,"service_tier":"standard"}}}
        """);

    public static string Content => Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
        + Event("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello."}}""")
        + Event("content_block_stop", """{"type":"content_block_stop","index":0}""");

    public static string Delta(int call) => Event("message_delta", $$$$"""
        {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":{{{{OutputOf(call)}}}}}}
        """);

    public static string Stop => Event("message_stop", """{"type":"message_stop"}""");

    public static string Stream(int call) => Start(call) + Content + Delta(call) + Stop;

    public static async Task WriteEventsAsync(this HttpContext context, string events)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream; charset=utf-8";
        }

        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(events), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    public static Task WriteMessageAsync(this HttpContext context, int call)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(Message(call), context.RequestAborted);
    }

    private static string Event(string name, string data) => $"event: {name}\ndata: {data.Trim()}\n\n";
}
