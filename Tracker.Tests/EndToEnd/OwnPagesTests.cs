using System.Net;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Tracker's own pages against web sites that a browser has open beside them.</summary>
public sealed class OwnPagesTests
{
    [Test, CancelAfter(60_000)]
    public async Task Only_addresses_and_configured_names_are_answered_and_forwarding_does_not_care(CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(folder.Path, upstream.Address, cancellationToken, "Proxy:AllowedHosts:0=my.machine");

        foreach (var path in new[] { "/", "/status", "/stats/summary", "/healthz" })
        {
            foreach (var host in new[] { proxy.Address.Authority, "localhost:1", "127.0.0.1", "[::1]:8082", "192.168.1.7", "my.machine:8082", "MY.MACHINE" })
            {
                Assert.That(await GetAsync(path, host), Does.StartWith("HTTP/1.1 200"), $"{path} of {host}");
            }

            foreach (var host in new[] { "evil.example", "evil.example:8082", "127.0.0.1.evil.example", "localhost.evil.example" })
            {
                Assert.That(await GetAsync(path, host), Does.StartWith("HTTP/1.1 421").And.Contain("Proxy:AllowedHosts").And.Not.Contain("tracker.db"), $"{path} of {host}");
            }
        }

        Assert.That(await GetAsync("/v1/messages", "evil.example"), Does.StartWith("HTTP/1.1 200"));

        Task<string> GetAsync(string path, string host) =>
            RawClient.SendAsync(proxy.Address, $"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", cancellationToken);
    }

    [TestCase("/healthz/../stats/summary")]
    [TestCase("/healthz/%2e%2e/status")]
    [TestCase("/healthz/../")]
    [TestCase("/stats/../dashboard")]
    [TestCase("//../stats/imports")]
    [CancelAfter(60_000)]
    public async Task Page_that_is_asked_for_by_way_of_another_is_none(string target, CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        await using var proxy = await ProxyUnderTest.StartAsync(folder.Path, new Uri("http://127.0.0.1:9"), cancellationToken);

        var answer = await RawClient.SendAsync(proxy.Address, $"GET {target} HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nConnection: close\r\n\r\n", cancellationToken);

        Assert.That(answer, Does.StartWith("HTTP/1.1 404"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Own_pages_cannot_be_framed_shared_kept_or_changed(CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        await using var proxy = await ProxyUnderTest.StartAsync(folder.Path, new Uri("http://127.0.0.1:9"), cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/status");
        request.Headers.Add("Origin", "https://evil.example");

        using var response = await client.SendAsync(request, cancellationToken);
        using var post = await client.PostAsync("/status", new StringContent(""), cancellationToken);

        string Header(string name) => string.Join(", ", response.Headers.GetValues(name));
        Assert.That(Header("X-Content-Type-Options"), Is.EqualTo("nosniff"));
        Assert.That(Header("Content-Security-Policy"), Does.Contain("frame-ancestors 'none'"));
        Assert.That(Header("Cross-Origin-Resource-Policy"), Is.EqualTo("same-origin"));
        Assert.That(Header("Cache-Control"), Is.EqualTo("no-store"));
        Assert.That(response.Headers.Select(header => header.Key), Has.None.StartsWith("Access-Control"));
        Assert.That(post.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
    }
}
