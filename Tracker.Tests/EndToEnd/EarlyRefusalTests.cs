using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Upstreams over HTTP/1.1 that refuse a large upload while it comes: the client learns of it as it would without the proxy.</summary>
public sealed class EarlyRefusalTests : IDisposable
{
    private const string Refusal = """{"type":"error","error":{"type":"request_too_large","message":"too large"}}""";
    private const int UploadBytes = 24 * 1024 * 1024; // More than the buffers between two programs hold.

    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    public enum Then
    {
        /// <summary>The upstream reads no more and keeps the connection.</summary>
        Stalls,

        /// <summary>It closes while there are bytes that it has not read, which resets the connection.</summary>
        Closes,
    }

    [Test, CancelAfter(120_000)]
    public async Task Client_gets_the_refusal_and_the_next_call_an_answer([Values] Then then, [Values] bool tellsLength, [Values] bool isUsedAgain, [Values] bool isEncrypted, CancellationToken cancellationToken)
    {
        if (isEncrypted)
        {
            SelfSigned.RequireTrust();
        }

        using var certificate = isEncrypted ? SelfSigned.Create() : null;
        var environment = certificate is null ? null : await SelfSigned.TrustAsync(certificate, _database.Folder, cancellationToken);
        using var end = new CancellationTokenSource();
        await using var upstream = new SocketServer((connection, stopping) => ServeAsync(connection, certificate, then, end.Token, stopping));
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, certificate is null ? upstream.Address : new Uri($"https://127.0.0.1:{upstream.Address.Port}"), environment, cancellationToken);
        await AssertRefusedAsync(proxy, end, isUsedAgain, tellsLength, asksFirst: false, cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero); // Now all that it says has come.
        Assert.That(proxy.Process.Output, Does.Not.Contain("Exception").And.Not.Contain("WRN"));
    }

    private async Task AssertRefusedAsync(ProxyUnderTest proxy, CancellationTokenSource end, bool isUsedAgain, bool tellsLength, bool asksFirst, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = proxy.Address };
        if (isUsedAgain)
        {
            Assert.That(await PostAsync(client, 100, tellsLength: true, cancellationToken), Is.EqualTo((HttpStatusCode.OK, "{}")));
        }

        var refused = await PostAsync(client, UploadBytes, tellsLength, cancellationToken, asksFirst);
        await end.CancelAsync();
        var next = await PostAsync(client, 100, tellsLength: true, cancellationToken);

        Assert.That(refused, Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, Refusal)));
        Assert.That(next, Is.EqualTo((HttpStatusCode.OK, "{}")));
        await proxy.WaitForStoredAsync(isUsedAgain ? 3 : 2, cancellationToken);
        Assert.That(_database.Query("SELECT status_code FROM usage WHERE outcome = 'error'").Select(row => row["status_code"]), Is.EqualTo(new[] { 413L }));
    }

    // What curl asks before a large body.
    [Test, CancelAfter(120_000)]
    public async Task Client_that_asked_whether_to_go_on_gets_the_refusal_too([Values] Then then, [Values] bool tellsLength, [Values] bool isUsedAgain, CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource();
        await using var upstream = new SocketServer((connection, stopping) => ServeAsync(connection, certificate: null, then, end.Token, stopping));
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        await AssertRefusedAsync(proxy, end, isUsedAgain, tellsLength, asksFirst: true, cancellationToken);
    }

    [Test, CancelAfter(120_000)]
    public async Task Upload_that_is_taken_arrives_whole_and_its_connection_is_used_again([Values(200, 400)] int status, [Values] bool tellsLength, [Values] bool asksFirst, CancellationToken cancellationToken)
    {
        var connections = new HashSet<string>();
        var lengths = new List<long>();
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                connections.Add(context.Connection.Id);
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                lengths.Add(body.GetBuffer().AsSpan(0, (int)body.Length).ContainsAnyExcept((byte)' ') ? -1 : body.Length);
                context.Response.StatusCode = status;
                await context.Response.WriteAsync(Refusal, context.RequestAborted);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        for (var upload = 0; upload < 3; upload++)
        {
            Assert.That(await PostAsync(client, UploadBytes, tellsLength, cancellationToken, asksFirst), Is.EqualTo(((HttpStatusCode)status, Refusal)));
        }

        Assert.That(lengths, Is.All.EqualTo(UploadBytes));
        if (status == 200)
        {
            Assert.That(connections, Has.Count.EqualTo(1)); // A refusal may come before the writer has seen that its last byte is gone: then the connection is closed, to be safe.
        }
    }

    private static async Task<(HttpStatusCode Status, string Answer)> PostAsync(HttpClient client, int bytes, bool tellsLength, CancellationToken cancellationToken, bool asksFirst = false)
    {
        var body = new byte[bytes];
        body.AsSpan().Fill((byte)' ');
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Content = new ByteArrayContent(body) };
        (request.Headers.TransferEncodingChunked, request.Headers.ExpectContinue) = (!tellsLength, asksFirst);
        using var response = await client.SendAsync(request, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    private static async Task ServeAsync(Socket connection, X509Certificate2? certificate, Then then, CancellationToken end, CancellationToken stopping)
    {
        await using var plain = new NetworkStream(connection);
        await using var encrypted = certificate is null ? null : new SslStream(plain);
        if (encrypted is not null)
        {
            await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, ApplicationProtocols = [SslApplicationProtocol.Http11] }, stopping);
        }

        var stream = (Stream?)encrypted ?? plain;
        var buffer = new byte[16 * 1024];
        while (await ReadHeadAsync(stream, buffer, stopping) is { } head)
        {
            if (head.Contains("Content-Length: 100\r\n", StringComparison.Ordinal))
            {
                // Small, so it has come with the head.
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray(), stopping);
                continue;
            }

            if (head.Contains("Expect: 100-continue\r\n", StringComparison.Ordinal))
            {
                await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), stopping);
                await stream.ReadExactlyAsync(buffer, stopping); // The body has begun.
            }

            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 413 Payload Too Large\r\nContent-Type: application/json\r\nContent-Length: {Refusal.Length}\r\n\r\n{Refusal}"), stopping);
            if (then == Then.Stalls)
            {
                await Task.Delay(Timeout.Infinite, end).ContinueWith(_ => { }, TaskScheduler.Default);
            }

            return;
        }
    }

    private static async Task<string?> ReadHeadAsync(Stream stream, byte[] buffer, CancellationToken stopping)
    {
        var length = 0;
        while (true)
        {
            var count = await stream.ReadAsync(buffer.AsMemory(length), stopping);
            length += count;
            var text = Encoding.Latin1.GetString(buffer, 0, length);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (count == 0)
            {
                return null;
            }

            if (end >= 0 && (!text.Contains("Content-Length: 100\r\n", StringComparison.Ordinal) || length >= end + 4 + 100))
            {
                return text;
            }
        }
    }
}
