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
    public async Task Silence_between_turns_is_no_idle_time_and_the_end_of_an_idle_socket_no_warning(CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                await SendAsync(socket, await ReceiveAsync(socket, context.RequestAborted), 1000, context.RequestAborted);
                await ReceiveAsync(socket, context.RequestAborted);
                context.Abort();
            },
            cancellationToken,
            application => application.UseWebSockets());
        await using var proxy = await ProxyUnderTest.StartAsync(
            folder.Path, upstream.Address, cancellationToken, $"Proxy:Providers:openai:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}", "Proxy:IdleTimeout=00:00:01", "Logging:Level=Debug");
        using var client = new ClientWebSocket();

        await client.ConnectAsync(new UriBuilder(proxy.Address) { Scheme = "ws", Path = "/openai/v1/responses" }.Uri, cancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, cancellationToken); // Nothing may happen in this time, so there is nothing to wait for.
        await SendAsync(client, "one", 1000, cancellationToken);
        Assert.That(await ReceiveAsync(client, cancellationToken), Is.EqualTo("one"));
        await SendAsync(client, "two", 1000, cancellationToken);
        Assert.That(async () => await ReceiveAsync(client, cancellationToken), Throws.InstanceOf<WebSocketException>());

        await proxy.Process.WaitForLineAsync(line => line.Contains("broke off; no response was under way", StringComparison.Ordinal), cancellationToken);
        Assert.That(proxy.Process.Output, Does.Not.Contain("broke off in the middle"));
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

    [Test, CancelAfter(60_000)]
    public async Task Responses_on_a_socket_are_a_row_each_and_one_that_is_killed_is_incomplete([Values] bool compressed, CancellationToken cancellationToken)
    {
        using var database = new TestDatabase();
        var kill = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                context.Response.Headers["x-codex-primary-used-percent"] = "12.5";
                context.Response.Headers["x-codex-primary-window-minutes"] = "300";
                using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { DangerousEnableCompression = compressed });
                for (var response = 1; ; response++)
                {
                    Assert.That(await ReceiveAsync(socket, context.RequestAborted), Does.StartWith("{\"type\":\"response.create\""));
                    await SendAsync(socket, ResponsesMessages.RateLimits(30 + response, "codex_bengalfox"), 9, context.RequestAborted);
                    await SendAsync(socket, ResponsesMessages.Created(response), 1_000_000, context.RequestAborted);
                    await SendAsync(socket, ResponsesMessages.Delta, 7, context.RequestAborted);
                    if (response == 3)
                    {
                        await kill.Task.WaitAsync(context.RequestAborted);
                        context.Abort();
                        return;
                    }

                    await SendAsync(socket, ResponsesMessages.Ended(response), 5, context.RequestAborted);
                }
            },
            cancellationToken,
            application => application.UseWebSockets());
        await using var proxy = await ProxyUnderTest.StartAsync(database.Folder, upstream.Address, cancellationToken, $"Proxy:Providers:openai:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}");
        using var client = new ClientWebSocket();
        client.Options.DangerousDeflateOptions = compressed ? new WebSocketDeflateOptions() : null;
        client.Options.SetRequestHeader("session-id", "s-0");
        client.Options.SetRequestHeader("thread-id", "t-0");
        client.Options.SetRequestHeader("User-Agent", "codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm");
        client.Options.SetRequestHeader("Authorization", "Bearer sk-secret");

        await client.ConnectAsync(new UriBuilder(proxy.Address) { Scheme = "ws", Path = "/openai/v1/responses" }.Uri, cancellationToken);
        for (var response = 1; response <= 2; response++)
        {
            await SendAsync(client, ResponsesMessages.Create(response), 10, cancellationToken);
            Assert.That(await ReceiveAsync(client, cancellationToken), Is.EqualTo(ResponsesMessages.RateLimits(30 + response, "codex_bengalfox")));
            Assert.That(await ReceiveAsync(client, cancellationToken), Is.EqualTo(ResponsesMessages.Created(response)));
            Assert.That(await ReceiveAsync(client, cancellationToken), Is.EqualTo(ResponsesMessages.Delta));
            Assert.That(await ReceiveAsync(client, cancellationToken), Is.EqualTo(ResponsesMessages.Ended(response)));
            await proxy.WaitForStoredAsync(response, cancellationToken);
        }

        await SendAsync(client, ResponsesMessages.Create(3), 10, cancellationToken);
        Assert.That(await ReceiveAsync(client, cancellationToken), Is.EqualTo(ResponsesMessages.RateLimits(33, "codex_bengalfox")));
        Assert.That(await ReceiveAsync(client, cancellationToken), Is.EqualTo(ResponsesMessages.Created(3)));
        Assert.That(await ReceiveAsync(client, cancellationToken), Is.EqualTo(ResponsesMessages.Delta));
        kill.SetResult();
        Assert.That(async () => await ReceiveAsync(client, cancellationToken), Throws.InstanceOf<WebSocketException>());

        await proxy.WaitForStoredAsync(3, cancellationToken);
        await proxy.Process.WaitForLineAsync(line => line.Contains("broke off in the middle of an answer", StringComparison.Ordinal), cancellationToken);
        var rows = database.Query("SELECT * FROM usage ORDER BY request_model");
        Assert.That(rows.Select(row => (row["request_model"], row["outcome"], row["input_tokens"], row["output_tokens"], row["quality"])), Is.EqualTo(
            ((object?, object?, object?, object?, object?)[])[("gpt-1", "completed", 901L, 301L, 3L), ("gpt-2", "completed", 902L, 302L, 3L), ("gpt-3", "incomplete", null, null, 1L)]));
        Assert.That(rows.Select(row => row["usage_key"]), Is.EqualTo((object[])[.. Enumerable.Range(1, 3).Select(response => "openai:" + ResponsesMessages.IdOf(response))]));
        Assert.That(rows, Has.All.Matches<IDictionary<string, object?>>(row => (row["client"], row["session_id"], row["agent_id"], row["auth_mode"], row["streamed"], row["status_code"])
            is ("codex", "s-0", "t-0", "api_key", 1L, 101L)));
        Assert.That(database.Query("SELECT provider, window, used_fraction FROM limit_sample WHERE window LIKE '5h%' ORDER BY used_fraction").Select(sample => (sample["provider"], sample["window"], sample["used_fraction"])), Is.EqualTo(
            ((object?, object?, object?)[])[("openai", "5h", 0.125), ("openai", "5h_bengalfox", 0.31), ("openai", "5h_bengalfox", 0.32), ("openai", "5h_bengalfox", 0.33)]));
    }

    private static async Task SendAsync(WebSocket socket, string text, int fragment, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var at = 0; at < bytes.Length; at += fragment)
        {
            await socket.SendAsync(bytes.AsMemory(at, Math.Min(fragment, bytes.Length - at)), WebSocketMessageType.Text, at + fragment >= bytes.Length, cancellationToken);
        }
    }

    private static async Task<string> ReceiveAsync(WebSocket client, CancellationToken cancellationToken)
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
