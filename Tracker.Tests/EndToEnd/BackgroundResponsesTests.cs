using System.Text;
using Microsoft.AspNetCore.Http;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Responses that are asked for with <c>background: true</c> and fetched later.</summary>
public sealed class BackgroundResponsesTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Fetching_the_response_completes_the_row_of_the_call(CancellationToken cancellationToken)
    {
        const string id = "resp_0123456789abcdef";
        var created = 0L;
        var statuses = new Queue<string>(["queued", "in_progress", "completed", "completed"]);
        await using var upstream = await KestrelUpstream.StartAsync(
            context =>
            {
                var status = statuses.Dequeue();
                created = created == 0 ? DateTimeOffset.UtcNow.ToUnixTimeSeconds() : created;
                var usage = status == "completed" ? """{"input_tokens":30,"input_tokens_details":{"cached_tokens":10},"output_tokens":7}""" : "null";
                context.Response.ContentType = "application/json";
                return context.Response.WriteAsync($$"""{"id":"{{id}}","object":"response","created_at":{{created}},"status":"{{status}}","background":true,"model":"m-1","output":[],"usage":{{usage}}}""", context.RequestAborted);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(
            _database.Folder, upstream.Address, cancellationToken, $"Proxy:Providers:openai:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}");
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var request = new StringContent("""{"model":"m-1","input":"hello","background":true}""", Encoding.UTF8, "application/json");
        using var asked = await client.PostAsync("/openai/v1/responses", request, cancellationToken);
        await proxy.WaitForStoredAsync(1, cancellationToken);
        var before = _database.Query("SELECT * FROM usage").Single();
        for (var i = 0; i < 3; i++)
        {
            _ = await client.GetStringAsync($"/openai/v1/responses/{id}", cancellationToken);
        }

        await proxy.WaitForStoredAsync(3, cancellationToken);
        var after = _database.Query("SELECT * FROM usage").Single();

        Assert.That((before["usage_key"], before["outcome"], before["quality"], before["stop_reason"]), Is.EqualTo(("openai:" + id, "incomplete", 1L, (object?)null)));
        Assert.That((after["outcome"], after["quality"], after["stop_reason"], after["status_code"]), Is.EqualTo(("completed", 3L, "completed", 200L)));
        Assert.That((after["input_tokens"], after["cache_read_tokens"], after["output_tokens"]), Is.EqualTo((20L, 10L, 7L)));
        Assert.That((after["occurred_at_ms"], after["duration_ms"], after["request_model"]), Is.EqualTo((before["occurred_at_ms"], before["duration_ms"], "m-1")));
    }
}
