using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Tracker.Proxy;
using Tracker.Proxy.Access;
using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Listening;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

/// <summary>A real Kestrel whose requests come from another machine's address, and behind the gate a page that tells what reaches it.</summary>
public sealed class RemoteAccessTests
{
    private const string Token = "0123456789abcdefghij";
    private static readonly IPAddress Elsewhere = IPAddress.Parse("192.0.2.7"); // RFC 5737: nobody's

    [TestCase("/v1/messages", "authentication_error")]
    [TestCase("/openai/v1/chat/completions", "authentication_error")]
    [TestCase("/stats/summary", "Authorization: Bearer")]
    [TestCase("/status", "Authorization: Bearer")]
    [TestCase("/dashboard", "Authorization: Bearer")]
    [TestCase("/", "Authorization: Bearer")]
    [TestCase("/_token/wrong-wrong-wrong-wrong/v1/messages", "authentication_error")]
    [TestCase("/_token/v1/messages", "authentication_error")]
    [TestCase("/_token", "authentication_error")]
    [TestCase("//stats/summary", "Authorization: Bearer")]
    [TestCase("/healthz/../stats/summary", "Authorization: Bearer")]
    [TestCase("/healthz/%2e%2e/status", "Authorization: Bearer")]
    [TestCase("/healthz/x", "Authorization: Bearer")]
    [TestCase("/healthz/../v1/messages", "Authorization: Bearer")]
    [TestCase("/./healthz/../dashboard", "authentication_error")]
    [TestCase("/_token/wrong-wrong-wrong-wrong/healthz/../../../stats/summary", "Authorization: Bearer")]
    [CancelAfter(60_000)]
    public async Task Without_the_token_another_machine_gets_nothing(string path, string text, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(Elsewhere, cancellationToken);

        var answer = await RawClient.SendAsync(server.Address, $"GET {path} HTTP/1.1\r\nHost: {server.Address.Authority}\r\nX-Tracker-Token: wrong\r\nConnection: close\r\n\r\n", cancellationToken);

        Assert.That(answer, Does.StartWith("HTTP/1.1 401").And.Contain(text).And.Not.Contain("reached"));
        Assert.That(answer, Does.Not.Contain(Token));
    }

    [TestCase("/v1/messages?beta=true")]
    [TestCase("/gemini/v1beta/models/a%2Fb:generateContent?x=1")]
    [TestCase("/stats/summary?format=json")]
    [CancelAfter(60_000)]
    public async Task With_the_token_in_its_header_or_in_the_path_a_request_goes_on_as_if_it_were_not_there(string target, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(Elsewhere, cancellationToken);

        var byHeader = await SendAsync(target, $"X-Tracker-Token: {Token}\r\n");
        var byPath = await SendAsync($"/_token/{Token}{target}", "");

        Assert.That(byHeader, Does.StartWith("HTTP/1.1 200").And.Contain($"reached {target} "));
        Assert.That(byPath, Does.StartWith("HTTP/1.1 200").And.Contain($"reached {target} "));
        Assert.That(byHeader + byPath, Does.Not.Contain(Token));

        Task<string> SendAsync(string path, string header) =>
            RawClient.SendAsync(server.Address, $"GET {path} HTTP/1.1\r\nHost: {server.Address.Authority}\r\n{header}Connection: close\r\n\r\n", cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Authorization_opens_the_own_pages_and_is_the_upstreams_on_every_other_path(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(Elsewhere, cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);

        using var page = await client.GetAsync("/stats/summary", cancellationToken);
        using var call = await client.GetAsync("/v1/models", cancellationToken);

        Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(call.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test, CancelAfter(60_000)]
    public async Task Browser_is_asked_for_the_token_once_and_keeps_a_cookie_that_is_not_the_token(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(Elsewhere, cancellationToken);
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");

        using var first = await client.GetAsync("/dashboard", cancellationToken);
        using var wrong = await client.PostAsync("/dashboard/sign-in", Form("not the token"), cancellationToken);
        using var large = await client.PostAsync("/dashboard/sign-in", Form(new string('x', 10_000)), cancellationToken);
        using var right = await client.PostAsync("/dashboard/sign-in", Form(Token), cancellationToken);
        using var after = await client.GetAsync("/stats/summary", cancellationToken);
        using var call = await client.GetAsync("/v1/models", cancellationToken);

        Assert.That(first.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await first.Content.ReadAsStringAsync(cancellationToken), Does.Contain("<form method=\"post\" action=\"/dashboard/sign-in\">"));
        Assert.That(first.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("form-action 'self'").And.Contain("frame-ancestors 'none'"));
        Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await wrong.Content.ReadAsStringAsync(cancellationToken), Does.Contain("That is not the token."));
        Assert.That(large.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(right.StatusCode, Is.EqualTo(HttpStatusCode.SeeOther));
        var cookies = right.Headers.GetValues("Set-Cookie").ToList();
        Assert.That(cookies, Is.All.Contains("httponly").IgnoreCase.And.All.Contains("samesite=strict").IgnoreCase.And.All.Not.Contains(Token));
        Assert.That(cookies.Select(cookie => cookie.Split("path=")[1].Split(';')[0]), Is.EquivalentTo(new[] { "/dashboard", "/stats", "/status" }));
        Assert.That(after.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(call.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), "A cookie opens pages, it forwards nothing.");

        static FormUrlEncodedContent Form(string token) => new(new Dictionary<string, string> { ["token"] = token });
    }

    [TestCase("127.0.0.1")]
    [TestCase("127.8.8.8")]
    [TestCase("::1")]
    [TestCase("::ffff:127.0.0.1")]
    [CancelAfter(60_000)]
    public async Task This_machine_needs_nothing_and_its_header_does_not_travel_on(string address, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(IPAddress.Parse(address), cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Address };
        using var plain = await client.GetAsync("/v1/messages", cancellationToken);
        client.DefaultRequestHeaders.Add("X-Tracker-Token", Token);

        var answer = await client.GetStringAsync("/stats/summary", cancellationToken);

        Assert.That(plain.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer, Does.Contain("reached /stats/summary").And.Not.Contain(Token));
    }

    [TestCase("Forwarded: for=198.51.100.1")]
    [TestCase("x-forwarded-for: 127.0.0.1")]
    [TestCase("X-Real-IP: 198.51.100.1")]
    [CancelAfter(60_000)]
    public async Task This_machine_needs_the_token_when_it_speaks_for_another(string header, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(IPAddress.Loopback, cancellationToken);

        var call = await SendAsync("/v1/messages", "");
        var page = await SendAsync("/stats/summary", "");
        var callWithToken = await SendAsync("/v1/messages", $"X-Tracker-Token: {Token}\r\n");
        var health = await SendAsync("/healthz", "");

        Assert.That(new[] { call, page }, Is.All.StartsWith("HTTP/1.1 401").And.All.Not.Contains("reached"));
        Assert.That(new[] { callWithToken, health }, Is.All.StartsWith("HTTP/1.1 200"));

        Task<string> SendAsync(string path, string token) =>
            RawClient.SendAsync(server.Address, $"GET {path} HTTP/1.1\r\nHost: {server.Address.Authority}\r\n{header}\r\n{token}Connection: close\r\n\r\n", cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Health_tells_nothing_and_needs_nothing(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(Elsewhere, cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Address };

        using var answer = await client.GetAsync("/healthz", cancellationToken);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("0123456789abcdefghij", true)]
    [TestCase("0123456789abcdefghi", false)]
    [TestCase("0123456789abcdefgh j", false)]
    [TestCase("0123456789abcdefgh/j", false)]
    [TestCase("0123456789abcdefghij\n", false)]
    public void Token_fits_into_a_header_and_a_path_and_is_not_short(string token, bool isWellFormed) => Assert.That(AccessToken.IsWellFormed(token), Is.EqualTo(isWellFormed));

    [TestCase("http://127.0.0.1:8082", true)]
    [TestCase("http://[::1]:8082", true)]
    [TestCase("https://localhost:8082", true)]
    [TestCase("http://0.0.0.0:8082", false)]
    [TestCase("http://[::]:8082", false)]
    [TestCase("http://*:8082", false)]
    [TestCase("http://192.0.2.7:8082", false)]
    [TestCase("http://loopback:8082", false, Description = "Kestrel listens everywhere for a name that it does not know.")]
    public void Loopback_is_what_no_other_machine_can_reach(string address, bool isLoopback) => Assert.That(ListenAddresses.IsLoopback(address), Is.EqualTo(isLoopback));

    private static Task<KestrelUpstream> StartAsync(IPAddress remote, CancellationToken cancellationToken) => KestrelUpstream.StartAsync(
        context => context.Response.WriteAsync($"reached {context.Features.Get<IHttpRequestFeature>()!.RawTarget} {context.Request.Path} {string.Join(' ', context.Request.Headers.Select(header => header.ToString()))}"),
        cancellationToken,
        application =>
        {
            var options = Options.Create(new ProxyOptions());
            var guard = new OwnPagesGuard(new ListenAddresses(["http://127.0.0.1:8082"]), options);
            application.Use((context, next) =>
            {
                context.Connection.RemoteIpAddress = remote;
                return next(context);
            });
            application.UseMiddleware<RemoteAccess>(new AccessToken(Token), guard, new ProviderCatalog(options));
        });
}
