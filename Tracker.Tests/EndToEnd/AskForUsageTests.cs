using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Chat streams that are asked for their usage on the client's behalf, at an upstream that shows what it got.</summary>
public sealed class AskForUsageTests : IDisposable
{
    private const string Option = ",\"stream_options\":{\"include_usage\":true}";
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Only_the_option_is_added_and_the_row_has_the_counts_that_the_client_does_not_see(
        [Values("/chat/completions", "/completions")] string path, [Values] bool chunked, CancellationToken cancellationToken)
    {
        var got = new TaskCompletionSource<(string Body, long? Length, string? Encoding)>();
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                var body = await new StreamReader(context.Request.Body).ReadToEndAsync(context.RequestAborted);
                got.SetResult((body, context.Request.ContentLength, context.Request.Headers.AcceptEncoding));
                const string chunk = "data: {\"id\":\"chatcmpl-0123456789abcdef\",\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n";
                const string usage = "data: {\"id\":\"chatcmpl-0123456789abcdef\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}\n\n";
                await context.WriteEventsAsync(chunk + usage + "data: [DONE]\n\n");
            },
            cancellationToken);
        await using var proxy = await StartAsync(upstream, cancellationToken);
        using var client = new HttpClient();
        const string sent = """{"model":"m-1", "messages":[{"role":"user","content":"é"}], "stream":true""";

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(proxy.Address, "/openai/v1" + path)) { Content = Json(Encoding.UTF8.GetBytes(sent + " }")) };
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br");
        using var response = await client.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);

        await proxy.WaitForStoredAsync(1, cancellationToken);
        Assert.That(await got.Task, Is.EqualTo((sent + " " + Option + "}", chunked ? (long?)null : Encoding.UTF8.GetByteCount(sent + " " + Option + "}"), "identity")));
        Assert.That(answer, Is.EqualTo("data: {\"id\":\"chatcmpl-0123456789abcdef\",\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"));
        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That((row["usage_key"], row["input_tokens"], row["output_tokens"], row["quality"]), Is.EqualTo(("openai:chatcmpl-0123456789abcdef", 11L, 7L, 3L)));
    }

    [Test, CancelAfter(120_000)]
    public async Task Other_requests_reach_the_upstream_as_they_are(CancellationToken cancellationToken)
    {
        byte[] got = [];
        string? encoding = null;
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                (got, encoding) = (body.ToArray(), context.Request.Headers.AcceptEncoding);
                await context.Response.WriteAsync("{}", context.RequestAborted);
            },
            cancellationToken);
        await using var proxy = await StartAsync(upstream, cancellationToken);
        using var client = new HttpClient();
        var large = Encoding.UTF8.GetBytes($$"""{"messages":"{{new string('x', 8 * 1024 * 1024)}}","stream":true}""");

        foreach (var (path, body, contentEncoding, chunked) in ((string, byte[], string?, bool)[])
        [
            ("/chat/completions", "{\"model\":\"m\"}"u8.ToArray(), null, false),
            ("/chat/completions", "{\"stream\":true,\"stream_options\":{\"include_usage\":false}}"u8.ToArray(), null, false),
            ("/chat/completions", "{\"stream\":true"u8.ToArray(), null, false),
            ("/chat/completions", "\0\uFFFE{\"stream\":true}"u8.ToArray(), null, true),
            ("/chat/completions", [], null, false),
            ("/chat/completions", GZipped("{\"stream\":true}"u8.ToArray()), "gzip", false),
            ("/chat/completions", large, null, false),
            ("/chat/completions", large, null, true),
            ("/responses", "{\"stream\":true}"u8.ToArray(), null, false),
        ])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(proxy.Address, "/openai/v1" + path)) { Content = Json(body) };
            request.Headers.TransferEncodingChunked = chunked;
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br");
            if (contentEncoding is not null)
            {
                request.Content.Headers.ContentEncoding.Add(contentEncoding);
            }

            using var response = await client.SendAsync(request, cancellationToken);

            Assert.That((response.IsSuccessStatusCode, encoding), Is.EqualTo((true, "gzip, br")));
            Assert.That(got.AsSpan().SequenceEqual(body), Is.True, $"{path}, {body.Length} bytes, {contentEncoding}, chunked {chunked}");
        }
    }

    private Task<ProxyUnderTest> StartAsync(KestrelUpstream upstream, CancellationToken cancellationToken) => ProxyUnderTest.StartAsync(
        _database.Folder, upstream.Address, cancellationToken, $"Proxy:Providers:openai:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}", "Proxy:Providers:openai:AskForUsage=true");

    private static ByteArrayContent Json(byte[] body) => new(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse("application/json") } };

    private static byte[] GZipped(byte[] body)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionMode.Compress))
        {
            gzip.Write(body);
        }

        return result.ToArray();
    }
}
