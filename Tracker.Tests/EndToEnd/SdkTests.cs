using Anthropic;
using Anthropic.Models.Messages;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>The official Anthropic SDK as the client of a real proxy.</summary>
public sealed class SdkTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Each_call_of_the_sdk_is_one_row_with_the_upstreams_exact_counts(CancellationToken cancellationToken)
    {
        var calls = 0;
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                var request = await reader.ReadToEndAsync(context.RequestAborted);
                var call = Interlocked.Increment(ref calls);
                await (request.Contains("\"stream\":true", StringComparison.Ordinal) ? context.WriteEventsAsync(AnthropicAnswers.Stream(call)) : context.WriteMessageAsync(call));
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new AnthropicClient { BaseUrl = proxy.Address.ToString(), ApiKey = "sk-ant-api03-secret" };
        var parameters = new MessageCreateParams { Model = "claude-opus-4-8", MaxTokens = 100, Messages = [new UserMessageParam("Hello")] };

        var message = await client.Messages.Create(parameters, cancellationToken);
        var events = 0;
        await foreach (var _ in client.Messages.CreateStreaming(parameters, cancellationToken))
        {
            events++;
        }

        await proxy.WaitForStoredAsync(2, cancellationToken);
        var rows = _database.Query("SELECT * FROM usage ORDER BY usage_key");
        Assert.That(message.ID, Is.EqualTo(AnthropicAnswers.IdOf(1)));
        Assert.That(events, Is.EqualTo(6));
        Assert.That(rows, Has.Count.EqualTo(2));
        for (var call = 1; call <= 2; call++)
        {
            var row = rows[call - 1];
            Assert.That(row["usage_key"], Is.EqualTo($"anthropic:{AnthropicAnswers.IdOf(call)}"));
            Assert.That(row["input_tokens"], Is.EqualTo(AnthropicAnswers.InputOf(call)));
            Assert.That(row["output_tokens"], Is.EqualTo(AnthropicAnswers.OutputOf(call)));
            Assert.That(row["cache_read_tokens"], Is.EqualTo(20007L));
            Assert.That(row["cache_creation_5m_tokens"], Is.EqualTo(3003L));
            Assert.That(row["cache_creation_1h_tokens"], Is.EqualTo(505L));
            Assert.That(row["streamed"], Is.EqualTo(call - 1L));
            Assert.That(row["outcome"], Is.EqualTo("completed"));
            Assert.That(row["status_code"], Is.EqualTo(200L));
            Assert.That(row["client"], Does.StartWith("anthropic"));
            Assert.That(row["auth_mode"], Is.EqualTo("api_key"));
            Assert.That(row["cost_nano_usd"], Is.Not.Null);
            Assert.That(row["duration_ms"], Is.Not.Null);
        }
    }
}
