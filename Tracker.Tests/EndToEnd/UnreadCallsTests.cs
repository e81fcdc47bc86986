using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>What <c>/status</c> tells of calls that make no row.</summary>
public sealed class UnreadCallsTests
{
    [Test, CancelAfter(60_000)]
    public async Task Answered_posts_that_nobody_reads_are_shown(CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        await using var upstream = await KestrelUpstream.StartAsync(
            context =>
            {
                context.Response.StatusCode = context.Request.Path.Value!.EndsWith("refused", StringComparison.Ordinal) ? 400 : 200;
                context.Response.ContentType = "application/json";
                return context.Response.WriteAsync("""{"id":"x"}""", context.RequestAborted);
            },
            cancellationToken);
        var address = upstream.Address.GetLeftPart(UriPartial.Authority);
        await using var proxy = await ProxyUnderTest.StartAsync(
            folder.Path, upstream.Address, cancellationToken,
            $"Proxy:Providers:openai:BaseAddress={address}", $"Proxy:Providers:mine:BaseAddress={address}", "Proxy:Providers:mine:Dialect=none");
        using var client = new HttpClient { BaseAddress = proxy.Address };

        foreach (var path in new[] { "/openai/v1/refused", "/openai/v1/chat/completions", "/mine/v1/images/generations", "/openai/v1/images/generations", "/openai/v1/threads/thread_1/runs?a=secret", "/openai/v1/threads/thread_2/runs" })
        {
            using var response = await client.PostAsync(path, new StringContent("{}", Encoding.UTF8, "application/json"), cancellationToken);
        }

        _ = await client.GetStringAsync("/openai/v1/models", cancellationToken);

        // What is counted comes in order, so with the last one the others are there too.
        var status = await proxy.WaitForStatusAsync(status => Calls(status).Sum(call => call.GetProperty("calls").GetInt64()) >= 3, cancellationToken);
        Assert.That(
            Calls(status).Select(call => $"{call.GetProperty("provider")} {call.GetProperty("path")} {call.GetProperty("calls")}"),
            Is.EqualTo(new[] { "openai /v1/threads/{id}/runs 2", "openai /v1/images/generations 1" }));
    }

    [Test, CancelAfter(60_000)]
    public async Task WebSockets_that_nobody_reads_are_shown(CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                await socket.ReceiveAsync(new byte[100], context.RequestAborted);
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
            },
            cancellationToken,
            application => application.UseWebSockets());
        await using var proxy = await ProxyUnderTest.StartAsync(folder.Path, upstream.Address, cancellationToken, $"Proxy:Providers:openai:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}");

        foreach (var path in new[] { "/openai/v1/responses", "/openai/v1/realtime" })
        {
            using var client = new ClientWebSocket();
            await client.ConnectAsync(new UriBuilder(proxy.Address) { Scheme = "ws", Path = path }.Uri, cancellationToken);
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }

        var status = await proxy.WaitForStatusAsync(status => Calls(status).Count > 0, cancellationToken);
        Assert.That(Calls(status).Select(call => $"{call.GetProperty("provider")} {call.GetProperty("path")} {call.GetProperty("calls")}"), Is.EqualTo(new[] { "openai /v1/realtime 1" }));
    }

    private static List<JsonElement> Calls(JsonElement status) => [.. status.GetProperty("unread_calls").EnumerateArray()];
}
