using System.ClientModel;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>The official OpenAI SDK as the client of a real proxy.</summary>
public sealed class OpenAISdkTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Each_call_of_the_sdk_is_one_row_with_the_upstreams_exact_counts(CancellationToken cancellationToken)
    {
        await using var upstream = await FakeUpstream.StartAsync(Path.Combine(_database.Folder, "ledger.jsonl"), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, $"Proxy:Providers:openai:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}");
        var options = new OpenAIClientOptions { Endpoint = new Uri(proxy.Address, "/openai/v1") };
        var key = new ApiKeyCredential("sk-proj-secret");
        var chat = new ChatClient("gpt-5", key, options);
        UserChatMessage[] messages = [new("Hello")];

        ChatCompletion completion = await chat.CompleteChatAsync(messages, cancellationToken: cancellationToken);
        ChatTokenUsage? streamed = null;
        await foreach (var update in chat.CompleteChatStreamingAsync(messages, cancellationToken: cancellationToken))
        {
            streamed = update.Usage ?? streamed;
        }

        OpenAIEmbedding embedding = await new EmbeddingClient("text-embedding-3-small", key, options).GenerateEmbeddingAsync("Hello", cancellationToken: cancellationToken);

        await proxy.WaitForStoredAsync(3, cancellationToken);
        Assert.That(embedding.ToFloats().Length, Is.EqualTo(8));
        Assert.That(streamed!.InputTokenCount, Is.GreaterThan(0), "the SDK asks for it");
        Assert.That(_database.Scalar<string>($"SELECT usage_key FROM usage WHERE usage_key LIKE '%{completion.Id}'"), Is.EqualTo("openai:" + completion.Id));
        foreach (var entry in upstream.ReadLedger())
        {
            var tokens = entry.GetProperty("tokens");
            var row = _database.Query($"SELECT * FROM usage WHERE request_id = '{entry.GetProperty("request_id").GetString()}'").Single();
            Assert.That((row["input_tokens"], row["output_tokens"], row["cache_read_tokens"] ?? 0L), Is.EqualTo((Count("input"), Count("output"), Count("cache_read"))));
            Assert.That((row["client"], row["auth_mode"], row["outcome"], row["quality"]), Is.EqualTo(("openai-sdk-dotnet", "api_key", "completed", 3L)));

            long Count(string name) => tokens.GetProperty(name).GetInt64();
        }
    }
}
