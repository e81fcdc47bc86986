using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Tracker.Benchmarks;

/// <summary>Answers every request as the Messages API would, as fast as Kestrel can: about 1 KB, with an id of its own each.</summary>
internal static class Upstream
{
    public static async Task RunAsync()
    {
        var calls = 0L;
        var filler = new string('x', 400);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        application.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            var call = Interlocked.Increment(ref calls);
            var body = Encoding.UTF8.GetBytes($$$"""
                {"id":"msg_01BENCH{{{call:D17}}}","type":"message","role":"assistant","model":"claude-opus-4-8","content":[{"type":"text","text":"{{{filler}}}"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1001,"cache_creation_input_tokens":3508,"cache_read_input_tokens":20007,"cache_creation":{"ephemeral_5m_input_tokens":3003,"ephemeral_1h_input_tokens":505},"output_tokens":311,"service_tier":"standard"} }
                """);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            context.Response.Headers["request-id"] = $"req_{call}";
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        });
        await ChildProcess.ServeAsync(application);
    }
}
