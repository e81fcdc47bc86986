using System.Net;
using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Tracker's own pages against web sites that a browser has open beside them.</summary>
public sealed class OwnPagesTests
{
    private const string Token = "0123456789abcdefghij";

    [Test, CancelAfter(60_000)]
    public async Task Only_addresses_and_configured_names_are_answered_and_forwarding_to_other_machines_does_not_care(CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        // The upstream is also the way to the internet, so that there is another machine's.
        var environment = new Dictionary<string, string> { ["http_proxy"] = upstream.Address.ToString(), ["no_proxy"] = "127.0.0.1" };
        await using var proxy = await ProxyUnderTest.StartAsync(
            folder.Path, upstream.Address, environment, cancellationToken,
            "Proxy:AllowedHosts:0=my.machine", "Proxy:AllowedHosts=its.name", "Proxy:Providers:far:BaseAddress=http://far.example", $"Proxy:Providers:ollama:BaseAddress={upstream.Address}", $"Proxy:AccessToken={Token}");

        foreach (var path in new[] { "/", "/status", "/stats/summary", "/healthz", "/v1/messages", "/api/hello", "/ollama/api/tags" })
        {
            foreach (var host in new[] { proxy.Address.Authority, "localhost:1", "127.0.0.1", "[::1]:8082", "192.168.1.7", "my.machine:8082", "MY.MACHINE", "its.name" })
            {
                Assert.That(await GetAsync(path, host), Does.StartWith("HTTP/1.1 200"), $"{path} of {host}");
            }

            foreach (var host in new[] { "evil.example", "evil.example:8082", "127.0.0.1.evil.example", "localhost.evil.example" })
            {
                Assert.That(await GetAsync(path, host), Does.StartWith("HTTP/1.1 421").And.Contain("Proxy:AllowedHosts").And.Not.Contain("tracker.db").And.Not.Contain(AnthropicAnswers.IdOf(1)), $"{path} of {host}");
            }
        }

        Assert.That(await GetAsync("/far/v1/messages", "evil.example"), Does.StartWith("HTTP/1.1 200"));
        Assert.That(await GetAsync("/ollama/api/tags", "host.docker.internal:8082"), Does.StartWith("HTTP/1.1 200"), "a container");
        Assert.That(await GetAsync($"/_token/{Token}/ollama/api/tags", "tracker.example"), Does.StartWith("HTTP/1.1 200"), "Who shows the token is no web site.");

        Assert.That(await RawClient.SendAsync(proxy.Address, "GET /ollama/api/tags HTTP/1.1\r\nHost: box.example\r\nConnection: close\r\n\r\n", cancellationToken), Does.StartWith("HTTP/1.1 200"), "a program");

        foreach (var (headers, status) in ((string, int)[])
        [
            ("accept-language: *\r\nsec-fetch-mode: cors\r\n", 200), // Node's fetch.
            ("accept-language: *\r\n", 421), // What a page can set.
            ("accept-language: *\r\nsec-fetch-mode: cors\r\nsec-fetch-site: same-origin\r\n", 421),
            ("accept-language: en\r\nsec-fetch-mode: cors\r\n", 421),
        ])
        {
            var answer = await RawClient.SendAsync(proxy.Address, $"GET /ollama/api/tags HTTP/1.1\r\nHost: box.example\r\n{headers}Connection: close\r\n\r\n", cancellationToken);
            Assert.That(answer, Does.StartWith($"HTTP/1.1 {status}"), headers);
        }

        // As a browser, which always says what it would like to read.
        Task<string> GetAsync(string path, string host) =>
            RawClient.SendAsync(proxy.Address, $"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Language: en\r\nConnection: close\r\n\r\n", cancellationToken);
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

    [TestCase("/Stats/summary", "Tracker knows no provider 'Stats'. Tracker's own page is /stats, in small letters.")]
    [TestCase("/_token", "Tracker knows no provider '_token'.")]
    [TestCase("/nobody/v1", "Tracker knows no provider 'nobody'. Set Proxy:Providers:nobody:BaseAddress to add it.")]
    [CancelAfter(60_000)]
    public async Task Path_of_nobody_advises_only_what_a_setting_can_add(string path, string message, CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(folder.Path, upstream.Address, cancellationToken);
        using var client = new HttpClient();

        using var response = await client.GetAsync(new Uri(proxy.Address, path), cancellationToken);
        using var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(error.RootElement.GetProperty("error").GetProperty("message").GetString(), Is.EqualTo(message));
    }
}
