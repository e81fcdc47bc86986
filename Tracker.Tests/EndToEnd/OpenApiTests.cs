using System.Net;
using System.Text.Json;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>The document of the API against what a real proxy answers.</summary>
public sealed class OpenApiTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Every_answer_in_every_format_is_as_the_document_says([Values] bool hasCalls, CancellationToken cancellationToken)
    {
        if (hasCalls)
        {
            Write();
        }

        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var document = JsonDocument.Parse(await client.GetStringAsync("/stats/openapi.json", cancellationToken));
        var schema = new JsonSchema(document.RootElement);
        var operations = document.RootElement.GetProperty("paths").EnumerateObject().Select(path => (path.Name, Get: path.Value.GetProperty("get"))).ToList();

        Assert.That(operations.Select(operation => operation.Get.GetProperty("operationId").GetString()), Is.Unique);
        foreach (var (path, get) in operations)
        {
            var address = path.Replace("requests/{id}", "requests/1", StringComparison.Ordinal).Replace("{id}", "s%2F1", StringComparison.Ordinal);
            var isThere = hasCalls || address == path;
            foreach (var query in QueriesOf(get))
            {
                foreach (var type in new[] { "application/json", "text/csv", "text/plain" }.Where(type => get.GetProperty("responses").GetProperty("200").GetProperty("content").TryGetProperty(type, out _)))
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, address + query) { Headers = { Accept = { new(type) } } };
                    using var response = await client.SendAsync(request, cancellationToken);
                    await CheckAsync(response, get, schema, query.Contains("format=", StringComparison.Ordinal) ? null : isThere ? type : "text/plain");
                    Assert.That(response.StatusCode, Is.EqualTo(isThere ? HttpStatusCode.OK : HttpStatusCode.NotFound), address + query);
                }
            }

            foreach (var query in WrongQueriesOf(get))
            {
                using var response = await client.GetAsync(address + query, cancellationToken);
                Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), address + query);
                await CheckAsync(response, get, schema, "text/plain");
            }
        }

        async Task CheckAsync(HttpResponseMessage response, JsonElement get, JsonSchema schema, string? type)
        {
            var (what, text) = ($"{response.RequestMessage!.RequestUri!.PathAndQuery} {type}", await response.Content.ReadAsStringAsync(cancellationToken));
            var media = response.Content.Headers.ContentType!.MediaType!;
            Assert.That(media, Is.EqualTo(type ?? media), what);
            var described = get.GetProperty("responses").GetProperty($"{(int)response.StatusCode}").GetProperty("content").GetProperty(media).GetProperty("schema");
            if (media == "application/json")
            {
                using var answer = JsonDocument.Parse(text);
                Assert.That(schema.FaultsOf(answer.RootElement, described), Is.Empty, what);
            }
            else if (media == "text/csv")
            {
                var columns = described.GetProperty("description").GetString()!.Split(": ")[1].Split(", ");
                Assert.That(text.Split("\r\n")[0].Split(','), Is.SubsetOf(columns).And.Ordered.Using<string>((one, other) => Array.IndexOf(columns, one).CompareTo(Array.IndexOf(columns, other))), what);
            }
        }
    }

    // Each word that the document has for a parameter, and the greatest number.
    private static IEnumerable<string> QueriesOf(JsonElement get) => ParametersOf(get)
        .SelectMany(parameter => parameter.Schema.TryGetProperty("enum", out var words) ? words.EnumerateArray().Select(word => $"?{parameter.Name}={word}")
            : parameter.Schema.TryGetProperty("maximum", out var most) ? [$"?{parameter.Name}={most}", $"?{parameter.Name}=1"]
            : [])
        .Prepend("");

    private static IEnumerable<string> WrongQueriesOf(JsonElement get) => ParametersOf(get).SelectMany(parameter =>
        parameter.Schema.TryGetProperty("enum", out _) ? [$"?{parameter.Name}=0", $"?{parameter.Name}=NONE"]
        : parameter.Schema.TryGetProperty("maximum", out var most) ? [$"?{parameter.Name}={most.GetInt32() + 1}", $"?{parameter.Name}=0"]
        : Array.Empty<string>());

    private static IEnumerable<(string Name, JsonElement Schema)> ParametersOf(JsonElement get) => get.TryGetProperty("parameters", out var parameters)
        ? parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "query").Select(parameter => (parameter.GetProperty("name").GetString()!, parameter.GetProperty("schema")))
        : [];

    private void Write()
    {
        var now = TimeProvider.System.GetUtcNow();
        var call = Some.Usage() with { OccurredAt = now.AddMinutes(-30), Client = "claude-code", SessionId = "s/1", Project = "/p", AuthMode = AuthMode.Subscription };
        var uncounted = call with { InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null };
        _database.Write(
            call with { Limits = [new LimitSample("5h", now.AddMinutes(-1), 0.5, now.AddHours(2)), new LimitSample("7d", now.AddMinutes(-1), 0.5, null)], ToolCalls = [new ToolCall("t1", "Bash")] },
            call with { Key = Some.Key(), AgentId = "agent", ParentAgentId = "main", Evidence = Evidence.Wire | Evidence.Transcript },
            call with { Key = Some.Key(), Client = null, Project = null, SessionId = "s", RequestModel = null, ResponseModel = null, Evidence = Evidence.Transcript, AuthMode = null },
            call with { Key = Some.Key(), ResponseModel = "nobody-knows", Provider = "nobody" },
            call with { Key = Some.Key(), InputTokens = 300_000, CacheReadTokens = 0, CacheCreation5mTokens = 200_000 },
            uncounted with { Key = Some.Key(), SessionId = null, Outcome = CallOutcome.Incomplete, DurationMs = null, StatusCode = null },
            uncounted with { Key = Some.Key(), Outcome = CallOutcome.Error, AgentId = "other" });
        _database.Execute("INSERT INTO import_cursor (source, path, modified_at_ticks, length, offset, line_count, fingerprint, head_length, tail_length, record_count, malformed_count, imported_at_ms) VALUES ('codex', '/x', 1, 1, 1, 1, 1, 1, 1, 1, 0, 1700000000000)");
    }
}
