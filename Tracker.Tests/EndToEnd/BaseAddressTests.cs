using System.Text;
using Microsoft.AspNetCore.Http;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Providers whose address has a part of the API's path in it, as the one that a client had before it was connected may.</summary>
public sealed class BaseAddressTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [TestCase("/v1", "anthropic", "/messages", """{"id":"msg_01TEST000000000000000001","type":"message","model":"m","content":[],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":5}}""")]
    [TestCase("/gateway/v1/", "anthropic", "/messages?beta=true", """{"id":"msg_01TEST000000000000000001","type":"message","model":"m","content":[],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":5}}""")]
    [TestCase("/api", "ollama", "/chat", """{"model":"m","done":true,"done_reason":"stop","prompt_eval_count":10,"eval_count":5}""")]
    [CancelAfter(60_000)]
    public async Task Calls_are_rows_whichever_part_of_the_path_is_in_the_address(string basePath, string dialect, string target, string answer, CancellationToken cancellationToken)
    {
        var path = "";
        await using var upstream = await KestrelUpstream.StartAsync(
            context =>
            {
                path = context.Request.Path;
                context.Response.ContentType = "application/json";
                return context.Response.WriteAsync(answer, context.RequestAborted);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(
            _database.Folder, upstream.Address, cancellationToken,
            $"Proxy:Providers:mine:BaseAddress={new Uri(upstream.Address, basePath)}", $"Proxy:Providers:mine:Dialect={dialect}");
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await client.PostAsync("/mine" + target, new StringContent("""{"model":"m"}""", Encoding.UTF8, "application/json"), cancellationToken);

        Assert.That(path, Is.EqualTo(basePath.TrimEnd('/') + target.Split('?')[0]));
        await proxy.WaitForStatusAsync(status => status.GetProperty("accepted").GetInt64() + status.GetProperty("unread_calls").GetArrayLength() > 0, cancellationToken);
        await proxy.WaitForAllStoredAsync(cancellationToken);
        Assert.That(
            _database.Query("SELECT provider, input_tokens, output_tokens FROM usage").Select(row => string.Join(' ', row.Values)),
            Is.EqualTo(new[] { "mine 10 5" }));
    }
}
