using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>What reaches the upstream and the client, byte for byte.</summary>
public sealed class ForwardingTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task The_target_is_forwarded_as_the_client_sent_it(CancellationToken cancellationToken)
    {
        await using var upstream = new RawUpstream("HTTP/1.1 204 No Content\r\n\r\n");
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri(upstream.Address, "/base"), cancellationToken, $"Proxy:Providers:other:BaseAddress={upstream.Address}");

        foreach (var (sent, wanted) in ((string, string)[])
        [
            ("/v1/a%2Fb/../c%20d//e?x=%7b&y=a+b&z=%E2%82%AC", "/base/v1/a%2Fb/../c%20d//e?x=%7b&y=a+b&z=%E2%82%AC"),
            ("/api/oauth/usage", "/base/api/oauth/usage"),
            ("/anthropic/v1/models?limit=3", "/base/v1/models?limit=3"),
            ("/other/v1beta/models/m:generateContent", "/v1beta/models/m:generateContent"),
            ("/other", "/"),
            ("/other?q", "/?q"),
            ("http://localhost/other/x", "/x"),
        ])
        {
            await RawClient.SendAsync(proxy.Address, $"GET {sent} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", cancellationToken);

            var head = await upstream.NextHeadAsync(cancellationToken);
            Assert.That(head, Does.StartWith($"GET {wanted} HTTP/1.1\r\n"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Headers_reach_the_upstream_unchanged_but_for_those_of_the_connection(CancellationToken cancellationToken)
    {
        await using var upstream = new RawUpstream("HTTP/1.1 204 No Content\r\n\r\n");
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);

        await RawClient.SendAsync(
            proxy.Address,
            "POST /v1/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTE: trailers\r\nKeep-Alive: timeout=5\r\nx-api-key: sk-1\r\n"
            + "anthropic-beta: one\r\nX-Forwarded-For: 10.0.0.1\r\nanthropic-beta: two\r\nanthropic-beta: two\r\ntraceparent: 00-1-2-01\r\nX-Latin: caf\u00e9\r\nX-Empty:\r\n"
            + "Accept-Encoding: gzip, br\r\nUpgrade-Insecure-Requests: 1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
            cancellationToken);

        var lines = (await upstream.NextHeadAsync(cancellationToken)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.That(lines, Is.EquivalentTo((string[])
        [
            $"Host: {upstream.Address.Authority}", "x-api-key: sk-1", "anthropic-beta: one", "anthropic-beta: two", "anthropic-beta: two", "X-Forwarded-For: 10.0.0.1",
            "traceparent: 00-1-2-01", "X-Latin: caf\u00e9", "X-Empty: ", "Accept-Encoding: gzip, br", "Upgrade-Insecure-Requests: 1", "Content-Type: application/json", "Content-Length: 2",
        ]));
    }

    // U+001F marks where repeated lines are to be kept apart, and must never become a line that nobody sent. (A test's name cannot have it.)
    [TestCase("POST", "/v1/x", "X-Y: q<mark>Injected: yes")]
    [TestCase("POST", "/v1/x", "X-Y: q<mark><mark>GET /v1/secret HTTP/1.1<mark>Host: y<mark><mark>")]
    [TestCase("GET", "/v1/x", "X-Y: q<mark><mark>GET /v1/secret HTTP/1.1<mark>Host: y<mark><mark>")]
    [TestCase("POST", "/v1/x", "x-two: a<mark>Injected: yes\r\nx-two: b")]
    [TestCase("POST", "/v1/x", "Upgrade-Insecure-Requests: 1<mark>Injected: yes")]
    [TestCase("POST", "/v1/x", "Content-Type: a<mark>Injected: yes")]
    [TestCase("GET", "/v1/x?q<mark>Injected:yes", "X-Y: z")]
    [TestCase("GET", "/odd/v1/x", "X-Y: z")]
    [CancelAfter(60_000)]
    public async Task A_control_character_stays_what_it_is_beside_repeated_header_lines(string method, string target, string lines, CancellationToken cancellationToken)
    {
        await using var upstream = new RawUpstream("HTTP/1.1 204 No Content\r\n\r\n");
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, $"Proxy:Providers:odd:BaseAddress={upstream.Address}a\u001fInjected:yes");
        var (body, length) = method == "POST" ? ("Content-Length: 2\r\n\r\n{}", (string[])["Content-Length: 2"]) : ("\r\n", []);
        var request = $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nanthropic-beta: one\r\nanthropic-beta: two\r\n{lines}\r\n{body}";

        await RawClient.SendAsync(proxy.Address, request.Replace("<mark>", "\u001f", StringComparison.Ordinal), cancellationToken);

        var head = (await upstream.NextHeadAsync(cancellationToken)).Replace("\u001f", "<mark>", StringComparison.Ordinal).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.That(head[0], Is.EqualTo($"{method} {target.Replace("/odd", "/a<mark>Injected:yes", StringComparison.Ordinal)} HTTP/1.1"));
        Assert.That(
            head[1..],
            Is.EquivalentTo((string[])[$"Host: {upstream.Address.Authority}", "anthropic-beta: one, two", lines.Replace("\r\nx-two: ", ", ", StringComparison.Ordinal), .. length]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_head_reaches_the_upstream_before_a_body_that_is_still_to_come(CancellationToken cancellationToken)
    {
        await using var upstream = new RawUpstream("HTTP/1.1 204 No Content\r\n\r\n");
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.Address.Host, proxy.Address.Port, cancellationToken);

        await client.GetStream().WriteAsync("POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n"u8.ToArray(), cancellationToken);

        Assert.That(await upstream.NextHeadAsync(cancellationToken), Does.StartWith("POST /v1/messages HTTP/1.1\r\n"));
    }

    [TestCase("Content-Length: 0\r\n\r\n")]
    [TestCase("\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [TestCase("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")]
    [TestCase("Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")]
    [CancelAfter(60_000)]
    public async Task A_request_without_a_body_or_with_one_to_come_is_not_kept_waiting(string rest, CancellationToken cancellationToken)
    {
        await using var upstream = new RawUpstream("HTTP/1.1 204 No Content\r\n\r\n");
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.Address.Host, proxy.Address.Port, cancellationToken);

        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n{rest}"), cancellationToken);

        Assert.That(await upstream.NextHeadAsync(cancellationToken), Does.Contain(" /v1/messages HTTP/1.1\r\n"));
    }

    [Test, CancelAfter(60_000)]
    public async Task The_clients_answer_has_the_upstreams_headers_and_none_of_ours(CancellationToken cancellationToken)
    {
        await using var upstream = new RawUpstream(
            "HTTP/1.1 299 As You Like\r\nSet-Cookie: a=1\r\nX-Latin: caf\u00e9\r\nSet-Cookie: b=2\r\nContent-Length: 5\r\nretry-after: 7\r\n\r\nhello");
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);

        var answer = await RawClient.SendAsync(proxy.Address, "GET /v1/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", cancellationToken);

        var lines = answer.Split("\r\n");
        Assert.That(lines[0], Is.EqualTo("HTTP/1.1 299 As You Like"));
        Assert.That(lines[1..], Is.EquivalentTo((string[])
            ["Set-Cookie: a=1", "Set-Cookie: b=2", "X-Latin: caf\u00e9", "Content-Length: 5", "Retry-After: 7", "Connection: close", "", "hello"]).IgnoreCase);
    }

    [Test, CancelAfter(60_000)]
    public async Task What_is_no_model_call_is_forwarded_and_makes_no_row(CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        foreach (var (method, path) in ((HttpMethod, string)[])
        [
            (HttpMethod.Post, "/v1/messages/count_tokens?beta=true"), (HttpMethod.Get, "/v1/models"), (HttpMethod.Get, "/api/oauth/profile"),
            (HttpMethod.Post, "/v1/messages/batches"), (HttpMethod.Options, "/v1/messages"), (HttpMethod.Get, "/v1/messages"), (HttpMethod.Head, "/anthropic"),
        ])
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await client.SendAsync(request, cancellationToken);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), path);
        }

        var status = await proxy.GetStatusAsync(cancellationToken);
        Assert.That(status.GetProperty("accepted").GetInt64(), Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task Trackers_own_paths_answer_and_unknown_ones_say_what_is_known(CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(_ => throw new InvalidOperationException("Nothing may be forwarded."), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var probe = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"), cancellationToken);
        using var health = await client.GetAsync("/healthz", cancellationToken);
        using var unknown = await client.GetAsync("/nobody/v1/x", cancellationToken);
        using var openAI = await client.PostAsync("/v1/responses", new StringContent("{}"), cancellationToken);
        using var bedrock = await client.PostAsync("/bedrock/model/m/invoke", new StringContent("{}"), cancellationToken);
        using var vertex = await client.PostAsync("/vertex/v1/projects/p", new StringContent("{}"), cancellationToken);
        using var noReport = await client.GetAsync("/stats/nothing", cancellationToken);

        Assert.That(probe.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(health.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await unknown.Content.ReadAsStringAsync(cancellationToken), Does.Contain("\"anthropic\"").And.Contain("\"openai\"").And.Contain("nobody"));
        Assert.That(openAI.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await openAI.Content.ReadAsStringAsync(cancellationToken), Does.Contain("/openai/v1"));
        Assert.That((bedrock.StatusCode, vertex.StatusCode), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound)));
        Assert.That(await bedrock.Content.ReadAsStringAsync(cancellationToken), Does.Contain("Bedrock").And.Contain("tracker-importer"));
        Assert.That(noReport.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test, CancelAfter(60_000)]
    public async Task What_only_OpenAI_has_never_goes_to_Anthropic(CancellationToken cancellationToken)
    {
        var seen = new ConcurrentQueue<string>();
        await using var upstream = await KestrelUpstream.StartAsync(
            context =>
            {
                seen.Enqueue(context.Request.Path);
                return context.WriteMessageAsync(1);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        string[] openAIs =
        [
            "responses", "responses/resp_1/cancel", "chat/completions", "completions", "embeddings", "images/generations", "audio/speech", "moderations", "conversations", "conversations/conv_1/items",
            "vector_stores", "realtime/client_secrets", "assistants", "threads/runs", "fine_tuning/jobs", "uploads", "containers", "videos", "evals", "batches", "batches?limit=1",
        ];
        string[] others = ["models", "files", "messages/batches", "messages", "complete", "imagesx"];

        foreach (var path in openAIs)
        {
            using var response = await client.PostAsync("/v1/" + path, new StringContent("{}"), cancellationToken);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), path);
            Assert.That(await response.Content.ReadAsStringAsync(cancellationToken), Does.Contain("/openai/v1"), path);
        }

        foreach (var path in others)
        {
            using var response = await client.PostAsync("/v1/" + path, new StringContent("{}"), cancellationToken);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), path);
        }

        Assert.That(seen, Is.EqualTo(others.Select(path => "/v1/" + path)));
    }

    [Test, CancelAfter(60_000)]
    public async Task This_machine_is_asked_directly_however_NO_PROXY_says_it(CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var companys = new RawUpstream("HTTP/1.1 204 No Content\r\n\r\n");
        var environment = new Dictionary<string, string> { ["http_proxy"] = companys.Address.ToString(), ["NO_PROXY"] = "127.0.0.0/8,localhost" };
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, environment, cancellationToken, "Proxy:Providers:elsewhere:BaseAddress=http://192.0.2.1");
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var here = await client.GetAsync("/v1/x", cancellationToken);
        using var elsewhere = await client.GetAsync("/elsewhere/v1/x", cancellationToken);

        Assert.That(here.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(elsewhere.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await companys.NextHeadAsync(cancellationToken), Does.StartWith("GET http://192.0.2.1/v1/x HTTP/1.1\r\n"));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_body_of_64_MB_is_forwarded_whole(CancellationToken cancellationToken)
    {
        const int size = 64 * 1024 * 1024;
        var received = 0L;
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                var buffer = new byte[64 * 1024];
                int count;
                while ((count = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
                {
                    received += count;
                }

                await context.WriteMessageAsync(1);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        var body = new byte[size];
        body.AsSpan().Fill((byte)'x');
        """{"messages":[{"role":"user","content":" """u8.CopyTo(body);
        """ "}],"model":"claude-opus-4-8"}"""u8.CopyTo(body.AsSpan(size - 31));

        using var response = await client.PostAsync("/v1/messages", new ByteArrayContent(body), cancellationToken);

        await proxy.WaitForStoredAsync(1, cancellationToken);
        Assert.That(received, Is.EqualTo(size));
        Assert.That(_database.Scalar<string>("SELECT request_model FROM usage"), Is.EqualTo("claude-opus-4-8"));
    }
}
