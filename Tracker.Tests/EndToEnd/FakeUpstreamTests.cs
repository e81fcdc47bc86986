using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>
/// Everything that the fake upstream can do to an Anthropic client, sent to one instance directly and to a twin of it through the proxy: the
/// bytes must be the same, and the rows must equal the twin's ledger.
/// </summary>
public sealed class FakeUpstreamTests : IDisposable
{
    private static readonly string[] Options =
    [
        "chunks=1", "chunks=200", "chunk-bytes=2000000, chunks=2", "crlf=on", "pings=20", "delay=3", "ttfb=50", "split=1", "split=7, crlf=on", "thinking=on",
        "usage=late", "usage=off", "cache=off", "served=claude-opus-4-8", "plan=work", "plan=search", "plan=long", "plan=delegate",
        "encoding=gzip", "encoding=br", "encoding=deflate", "encoding=gzip, chunk-bytes=300000", "encoding=br, delay=2",
        "abort=1", "abort=3", "abort=2, encoding=gzip", "error-event=1", "error-event=3", "error-event=2, encoding=br",
        "status=400", "status=401", "status=403", "status=404", "status=413", "status=429", "status=500", "status=504", "status=529, retry-after=7", "status=529, encoding=gzip",
    ];

    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Bytes_equal_the_upstreams_and_rows_equal_its_ledger([Values] bool stream, CancellationToken cancellationToken)
    {
        await using var direct = await FakeUpstream.StartAsync(Path.Combine(_database.Folder, "direct.jsonl"), cancellationToken);
        await using var twin = await FakeUpstream.StartAsync(Path.Combine(_database.Folder, "twin.jsonl"), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, twin.Address, cancellationToken);
        using var client = new HttpClient();

        foreach (var options in Options)
        {
            var wanted = await AskAsync(client, direct.Address, options, stream, cancellationToken);
            var found = await AskAsync(client, proxy.Address, options, stream, cancellationToken);

            Assert.That(found, Is.EqualTo(wanted), options);
        }

        var ledger = twin.ReadLedger();
        await proxy.WaitForStoredAsync(ledger.Count, cancellationToken);
        Assert.That(ledger, Has.Count.EqualTo(Options.Length));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(ledger.Count));
        foreach (var entry in ledger)
        {
            AssertRowEquals(entry);
        }
    }

    private static async Task<string> AskAsync(HttpClient client, Uri address, string options, bool stream, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/v1/messages?beta=true"))
        {
            Content = new StringContent(
                $$"""{"model":"claude-sonnet-4-5","max_tokens":100,"messages":[{"role":"user","content":"hello"}],"stream":{{(stream ? "true" : "false")}}}""",
                MediaTypeHeaderValue.Parse("application/json")),
        };
        request.Headers.TryAddWithoutValidation("x-fake-options", options);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        // Date changes, and the connection is each side's own. Names of headers have no case (RFC 9110, 5.1).
        var headers = response.Headers.Concat(response.Content.Headers)
            .Where(header => header.Key is not ("Date" or "Connection" or "Keep-Alive" or "Transfer-Encoding"))
            .Select(header => $"{header.Key.ToLowerInvariant()}: {string.Join(',', header.Value)}").Order(StringComparer.OrdinalIgnoreCase);
        var body = await ReadAsFarAsItGoesAsync(response, cancellationToken);
        return $"{(int)response.StatusCode} {response.ReasonPhrase}\n{string.Join('\n', headers)}\n\n{body}";
    }

    private static async Task<string> ReadAsFarAsItGoesAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            await stream.CopyToAsync(body, cancellationToken);
            return Convert.ToHexString(body.ToArray());
        }
        catch (Exception exception) when (exception is HttpIOException or HttpRequestException or IOException)
        {
            return Convert.ToHexString(body.ToArray()) + " broken off";
        }
    }

    private void AssertRowEquals(JsonElement entry)
    {
        var label = $"ledger entry {entry.GetProperty("n")}: {Options[entry.GetProperty("n").GetInt32() - 1]}";
        var row = _database.Query($"SELECT * FROM usage WHERE request_id = '{entry.GetProperty("request_id").GetString()}'").Single();
        var outcome = entry.GetProperty("outcome").GetString();

        Assert.That(row["outcome"], Is.EqualTo(outcome switch { "complete" => "completed", "aborted" => "incomplete", _ => "error" }), label);
        Assert.That(row["status_code"], Is.EqualTo(entry.GetProperty("status").GetInt64()), label);
        if (outcome == "error")
        {
            Assert.That(row["usage_key"], Does.StartWith("proxy:"), label);
            Assert.That(row["input_tokens"], Is.Null, label);
            Assert.That(row["cost_nano_usd"], Is.EqualTo(0L), label);
            return;
        }

        var wire = entry.GetProperty("wire");
        Assert.That(row["usage_key"], Is.EqualTo("anthropic:" + entry.GetProperty("id").GetString()), label);
        Assert.That(row["response_model"], Is.EqualTo(entry.GetProperty("model").GetString()), label);
        Assert.That(row["input_tokens"], Is.EqualTo(Count("input_tokens")), label);
        Assert.That(row["output_tokens"], Is.EqualTo(Count("output_tokens")), label);
        Assert.That(row["cache_read_tokens"], Is.EqualTo(Count("cache_read_input_tokens")), label);
        var created = Convert.ToInt64(row["cache_creation_5m_tokens"], CultureInfo.InvariantCulture) + Convert.ToInt64(row["cache_creation_1h_tokens"], CultureInfo.InvariantCulture);
        Assert.That(created, Is.EqualTo(Count("cache_creation_input_tokens")), label);
        Assert.That(row["quality"], Is.EqualTo(outcome == "complete" ? 3L : 1L), label);
        if (outcome == "complete" && !label.Contains("usage=", StringComparison.Ordinal))
        {
            // With usage=late and usage=off the split of the cache writes is never on the wire.
            Assert.That(row["cache_creation_1h_tokens"], Is.EqualTo(entry.GetProperty("tokens").GetProperty("cache_write_1h").GetInt64()), label);
            Assert.That(row["reasoning_tokens"], Is.EqualTo(entry.GetProperty("tokens").GetProperty("reasoning").GetInt64()), label);
        }

        long Count(string name) => wire.GetProperty(name).GetInt64();
    }
}
