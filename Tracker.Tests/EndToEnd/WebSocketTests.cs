using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Codex tries a WebSocket first (<c>GET /v1/responses</c>, seen 2026-11).</summary>
public sealed class WebSocketTests
{
    [Test, CancelAfter(60_000)]
    public async Task Frames_pass_both_ways_as_they_are_and_the_subprotocol_and_headers_too(CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        string? seen = null;
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                seen = context.Request.Headers["openai-beta"];
                using var socket = await context.WebSockets.AcceptWebSocketAsync("responses");
                var buffer = new byte[100_000];
                while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } frame)
                {
                    await socket.SendAsync(buffer.AsMemory(0, frame.Count), frame.MessageType, frame.EndOfMessage, context.RequestAborted);
                }

                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", context.RequestAborted);
            },
            cancellationToken,
            application => application.UseWebSockets());
        await using var proxy = await ProxyUnderTest.StartAsync(folder.Path, upstream.Address, cancellationToken, $"Proxy:Providers:openai:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}");
        using var client = new ClientWebSocket();
        client.Options.AddSubProtocol("responses");
        client.Options.SetRequestHeader("openai-beta", "responses_websockets=2026-02-06");

        await client.ConnectAsync(new UriBuilder(proxy.Address) { Scheme = "ws", Path = "/openai/v1/responses" }.Uri, cancellationToken);
        foreach (var text in new[] { """{"type":"response.create"}""", new string('x', 50_000), "" })
        {
            await client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
            Assert.That(await ReceiveAsync(client, cancellationToken), Is.EqualTo(text));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        Assert.That((seen, client.SubProtocol, client.CloseStatusDescription), Is.EqualTo(("responses_websockets=2026-02-06", "responses", "bye")));
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task Refusal_reaches_the_client_so_that_it_goes_on_over_HTTP(CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        await using var upstream = new RawUpstream("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno");
        await using var proxy = await ProxyUnderTest.StartAsync(folder.Path, upstream.Address, cancellationToken, $"Proxy:Providers:openai:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}");
        using var client = new ClientWebSocket();
        client.Options.CollectHttpResponseDetails = true;

        Assert.That(async () => await client.ConnectAsync(new UriBuilder(proxy.Address) { Scheme = "ws", Path = "/openai/v1/responses" }.Uri, cancellationToken), Throws.InstanceOf<WebSocketException>());
        Assert.That((int)client.HttpStatusCode, Is.EqualTo(StatusCodes.Status426UpgradeRequired));
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket client, CancellationToken cancellationToken)
    {
        var buffer = new byte[100_000];
        var count = 0;
        while (true)
        {
            var frame = await client.ReceiveAsync(buffer.AsMemory(count), cancellationToken);
            count += frame.Count;
            if (frame.EndOfMessage)
            {
                return Encoding.UTF8.GetString(buffer, 0, count);
            }
        }
    }
}
