using System.ClientModel;
using System.ClientModel.Primitives;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Anthropic;
using Anthropic.Models.Messages;
using OpenAI;
using OpenAI.Chat;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>
/// The official SDKs make the same calls to one upstream directly and to a twin of it through the proxy: the requests that the twins see and the answers that the
/// SDKs get must have the same hashes, over method, target, headers and body, and over status, headers and body.
/// </summary>
public sealed partial class SdkFidelityTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public Task Calls_of_Anthropics_sdk(CancellationToken cancellationToken) => CompareAsync("", 4, async (address, http) =>
    {
        using var client = new AnthropicClient { BaseUrl = address.ToString(), ApiKey = "sk-ant-api03-secret", HttpClient = http };
        var parameters = new MessageCreateParams { Model = "claude-opus-4-8", MaxTokens = 100, Messages = [new UserMessageParam("Hello, é")] };
        var schema = InputSchema.FromRawUnchecked(new Dictionary<string, System.Text.Json.JsonElement> { ["type"] = System.Text.Json.JsonSerializer.SerializeToElement("object") });

        await client.Messages.Create(parameters, cancellationToken);
        await client.Messages.Create(parameters with { Messages = [new UserMessageParam("plan:work")], Tools = [new Tool { Name = "read_file", InputSchema = schema }] }, cancellationToken);
        await foreach (var _ in client.Messages.CreateStreaming(parameters, cancellationToken))
        {
        }

        await client.Messages.CountTokens(new MessageCountTokensParams { Model = "claude-opus-4-8", Messages = [new UserMessageParam("Hello")] }, cancellationToken);
    }, cancellationToken);

    [Test, CancelAfter(120_000)]
    public Task Calls_of_OpenAIs_sdk(CancellationToken cancellationToken) => CompareAsync("openai/", 7, async (address, http) =>
    {
        using var transport = new HttpClientPipelineTransport(http);
        var client = new OpenAIClient(new ApiKeyCredential("sk-proj-secret"), new OpenAIClientOptions { Endpoint = new Uri(address, "v1"), Transport = transport });
        var chat = client.GetChatClient("gpt-5");
        ChatMessage[] messages = [new UserChatMessage("Hello, é")];
        var tools = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("read_file", "reads", BinaryData.FromString("""{"type":"object","properties":{"path":{"type":"string"}}}""")) } };

        await chat.CompleteChatAsync(messages, cancellationToken: cancellationToken);
        await chat.CompleteChatAsync([new UserChatMessage("plan:work")], tools, cancellationToken);
        await foreach (var _ in chat.CompleteChatStreamingAsync(messages, cancellationToken: cancellationToken))
        {
        }

        await client.GetEmbeddingClient("text-embedding-3-small").GenerateEmbeddingAsync("Hello", cancellationToken: cancellationToken);
        await client.GetOpenAIModelClient().GetModelsAsync(cancellationToken);
#pragma warning disable OPENAI001 // The SDK marks its Responses client as experimental.
        var responses = client.GetResponsesClient();
        await responses.CreateResponseAsync("gpt-5", "Hello", cancellationToken: cancellationToken);
        await foreach (var _ in await responses.CreateResponseStreamingAsync("gpt-5", "Hello", cancellationToken: cancellationToken))
        {
        }
#pragma warning restore OPENAI001
    }, cancellationToken);

    private async Task CompareAsync(string route, int calls, Func<Uri, HttpClient, Task> callAsync, CancellationToken cancellationToken)
    {
        await using var fake = await FakeUpstream.StartAsync(Path.Combine(_database.Folder, "direct.jsonl"), cancellationToken);
        await using var fakeTwin = await FakeUpstream.StartAsync(Path.Combine(_database.Folder, "twin.jsonl"), cancellationToken);
        await using var direct = await RelayUpstream.StartAsync(fake.Address, cancellationToken);
        await using var twin = await RelayUpstream.StartAsync(fakeTwin.Address, cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, twin.Address, cancellationToken, $"Proxy:Providers:openai:BaseAddress={twin.Address.GetLeftPart(UriPartial.Authority)}");
        using var wanted = new AnswerRecorder();
        using var found = new AnswerRecorder();
        using var toUpstream = new HttpClient(wanted, disposeHandler: false);
        using var toProxy = new HttpClient(found, disposeHandler: false);

        await callAsync(direct.Address, toUpstream);
        await callAsync(new Uri(proxy.Address, route), toProxy);

        Assert.That(direct.Requests, Has.Count.EqualTo(calls));
        Assert.That(twin.Requests, Is.EqualTo(direct.Requests));
        Assert.That(found.Answers, Is.EqualTo(wanted.Answers));
        var ledger = fakeTwin.ReadLedger();
        await proxy.WaitForStoredAsync(ledger.Count, cancellationToken);
        foreach (var entry in ledger)
        {
            var tokens = entry.GetProperty("tokens");
            var row = _database.Query($"SELECT * FROM usage WHERE request_id = '{entry.GetProperty("request_id").GetString()}'").Single();
            Assert.That((row["input_tokens"], row["output_tokens"], row["outcome"]), Is.EqualTo((tokens.GetProperty("input").GetInt64(), tokens.GetProperty("output").GetInt64(), "completed")));
        }
    }

    [GeneratedRegex("\"created(_at)?\":[0-9]+|\"completed_at\":[0-9]+")]
    private static partial Regex Times();

    /// <summary>Writes down what an SDK gets: the status, the headers and a hash of the body, but for the time of the day in it.</summary>
    private sealed class AnswerRecorder() : DelegatingHandler(new SocketsHttpHandler())
    {
        public List<string> Answers { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            var headers = response.Headers.Concat(response.Content.Headers).Where(header => header.Key is not ("Date" or "Connection" or "Server" or "Transfer-Encoding"))
                .Select(header => $"{header.Key.ToLowerInvariant()}: {string.Join(" | ", header.Value)}").Order(StringComparer.Ordinal);
            var hash = SHA256.HashData(Encoding.Latin1.GetBytes(Times().Replace(Encoding.Latin1.GetString(body), "")));
            Answers.Add($"{(int)response.StatusCode} {response.ReasonPhrase}\n{string.Join('\n', headers)}\n{Convert.ToHexString(hash)}");

            var copy = new ByteArrayContent(body);
            foreach (var (name, values) in response.Content.Headers)
            {
                copy.Headers.TryAddWithoutValidation(name, values);
            }

            response.Content = copy;
            return response;
        }
    }
}
