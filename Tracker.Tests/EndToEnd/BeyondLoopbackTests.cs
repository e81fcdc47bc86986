using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>A proxy that other machines can reach: not without a token, and encrypted if it is told so.</summary>
public sealed class BeyondLoopbackTests : IDisposable
{
    private const string Token = "0123456789abcdefghij";
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestCase("Proxy:AccessToken", "--Urls=http://0.0.0.0:0")]
    [TestCase("Proxy:AccessToken", "--Urls=http://[::]:0")]
    [TestCase("Proxy:AccessToken", "--Urls=http://127.0.0.1:0;http://*:0")]
    [TestCase("Proxy:AccessToken", "--Urls=http://0.0.0.0:0", "--Proxy:AccessToken=")]
    [TestCase("Proxy:AccessToken", "--Urls=http://0.0.0.0:0", "--Proxy:AccessToken=too-short-secret")]
    [TestCase("Kestrel:Certificates:Default:Path", "--Urls=https://127.0.0.1:0")]
    [TestCase("Kestrel:Certificates:Default:Path", "--Urls=https://127.0.0.1:0", "--Kestrel:Certificates:Default:Path=/nowhere.pem")]
    [CancelAfter(60_000)]
    public async Task It_does_not_start_open_or_without_a_certificate_and_names_the_key(string key, params string[] arguments)
    {
        await using var proxy = TrackerProcess.Start("tracker-proxy", _folder.Path, arguments);

        var exitCode = await proxy.WaitForExitAsync(TestContext.CurrentContext.CancellationToken);

        Assert.That(exitCode, Is.EqualTo(2), proxy.Output);
        Assert.That(proxy.Errors, Does.Contain(key).And.Not.Contain("too-short-secret").And.Not.Contain("   at "));
    }

    [Test, CancelAfter(60_000)]
    public async Task Other_endpoints_of_Kestrels_own_are_refused_because_nothing_would_guard_them(CancellationToken cancellationToken)
    {
        await using var proxy = TrackerProcess.Start(
            "tracker-proxy", _folder.Path, ["--Urls=http://127.0.0.1:0"], new Dictionary<string, string> { ["TRACKER_Kestrel__Endpoints__Open__Url"] = "http://0.0.0.0:0" });

        Assert.That(await proxy.WaitForExitAsync(cancellationToken), Is.EqualTo(2));
        Assert.That(proxy.Errors, Does.Contain("Kestrel:Endpoints"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Loopback_needs_nothing_and_a_token_that_is_sent_all_the_same_does_not_reach_the_upstream(CancellationToken cancellationToken)
    {
        var seen = "";
        await using var upstream = await KestrelUpstream.StartAsync(
            context =>
            {
                seen += $"{context.Request.Path} {string.Join(' ', context.Request.Headers.Select(header => header.ToString()))}\n";
                return context.WriteMessageAsync(1);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_folder.Path, upstream.Address, cancellationToken, $"Proxy:AccessToken={Token}");
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var plain = await client.PostAsync("/v1/messages", new StringContent("{}"), cancellationToken);
        using var prefixed = await client.PostAsync($"/_token/{Token}/v1/messages", new StringContent("{}"), cancellationToken);
        client.DefaultRequestHeaders.Add("X-Tracker-Token", Token);
        using var withHeader = await client.PostAsync("/v1/messages", new StringContent("{}"), cancellationToken);
        var page = await client.GetStringAsync("/stats/summary", cancellationToken);
        var pageByPrefix = await client.GetStringAsync($"/_token/{Token}/status", cancellationToken);
        await proxy.StopAsync(cancellationToken);

        Assert.That(new[] { plain, prefixed, withHeader }.Select(response => (int)response.StatusCode), Is.All.EqualTo(200));
        Assert.That(page, Is.Not.Empty);
        Assert.That(pageByPrefix, Does.Contain("journal_state"));
        Assert.That(seen.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(3).And.All.StartsWith("/v1/messages "));
        Assert.That(seen, Does.Not.Contain(Token).And.Not.Contain("X-Tracker-Token"));
        Assert.That(proxy.Process.Output + string.Concat(Directory.GetFiles(Path.Combine(_folder.Path, "logs")).Select(File.ReadAllText)), Does.Not.Contain(Token));
    }

    [Test, CancelAfter(60_000)]
    public async Task Token_does_not_reach_the_upstream_of_a_proxy_that_has_none(CancellationToken cancellationToken)
    {
        await using var upstream = new RawUpstream("HTTP/1.1 204 No Content\r\n\r\n");
        await using var proxy = await ProxyUnderTest.StartAsync(_folder.Path, upstream.Address, cancellationToken);

        await RawClient.SendAsync(proxy.Address, $"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nx-tracker-token: {Token}\r\nX-Api-Key: sk-1\r\nConnection: close\r\n\r\n", cancellationToken);

        Assert.That(await upstream.NextHeadAsync(cancellationToken), Does.Contain("sk-1").And.Not.Contain(Token).And.Not.Contain("tracker-token").IgnoreCase);
    }

    [TestCase("/status", 401)]
    [TestCase("/v1/messages", 401)]
    [TestCase("/healthz/../stats/summary", 401)]
    [TestCase("/healthz/%2e%2e/status", 401)]
    [TestCase("/healthz", 200)]
    [CancelAfter(60_000)]
    public async Task Whoever_comes_by_way_of_a_local_proxy_is_another_machine(string target, int status, CancellationToken cancellationToken)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(_folder.Path, new Uri("http://127.0.0.1:9"), cancellationToken, $"Proxy:AccessToken={Token}");

        var answer = await RawClient.SendAsync(
            proxy.Address, $"GET {target} HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nX-Forwarded-For: 198.51.100.1\r\nConnection: close\r\n\r\n", cancellationToken);

        Assert.That(answer, Does.StartWith($"HTTP/1.1 {status}"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Kestrel_encrypts_with_the_certificate_of_the_settings(CancellationToken cancellationToken)
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=tracker.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(_folder.File("certificate.pem"), certificate.ExportCertificatePem(), cancellationToken);
        await File.WriteAllTextAsync(_folder.File("key.pem"), key.ExportPkcs8PrivateKeyPem(), cancellationToken);
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var proxy = TrackerProcess.Start("tracker-proxy", _folder.Path,
        [
            "--Urls=https://127.0.0.1:0", $"--Kestrel:Certificates:Default:Path={_folder.File("certificate.pem")}", $"--Kestrel:Certificates:Default:KeyPath={_folder.File("key.pem")}",
            $"--Proxy:Providers:anthropic:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}",
        ]);
        var line = await proxy.WaitForLineAsync(text => text.Contains("listens on https://127.0.0.1:", StringComparison.Ordinal), cancellationToken);
        var address = new Uri(line.Split("listens on ")[1].Split(';')[0]);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString() };
        using var client = new HttpClient(handler) { BaseAddress = address };

        using var call = await client.PostAsync("/v1/messages", new StringContent("{}"), cancellationToken);
        using var second = new HttpRequestMessage(HttpMethod.Get, "/healthz") { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var health = await client.SendAsync(second, cancellationToken);

        Assert.That(await call.Content.ReadAsStringAsync(cancellationToken), Does.Contain(AnthropicAnswers.IdOf(1)));
        Assert.That(health.Version, Is.EqualTo(new Version(2, 0)));
    }
}
