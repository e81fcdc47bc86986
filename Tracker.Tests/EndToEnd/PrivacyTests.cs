using System.Text;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Nothing secret and nothing said is left on the disk.</summary>
public sealed class PrivacyTests : IDisposable
{
    private const string Key = "sk-ant-api03-VERYSECRET";
    private const string Prompt = "What the user said to nobody else";
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Neither_logs_nor_database_hold_a_credential_a_header_or_a_prompt(CancellationToken cancellationToken)
    {
        await CallAsync("Logging:Level=Verbose", cancellationToken);

        var files = Directory.EnumerateFiles(_database.Folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)).ToList();
        Assert.That(files, Has.Some.EndsWith(".json").And.Some.EndsWith("tracker.db"));
        foreach (var file in files)
        {
            var content = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, cancellationToken));
            Assert.That(content, Does.Not.Contain("VERYSECRET").And.Not.Contain(Prompt).And.Not.Contain("private-header"), file);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task The_beginning_of_the_prompt_is_kept_when_the_user_asks_for_it(CancellationToken cancellationToken)
    {
        await CallAsync("Privacy:StorePromptPreview=true", cancellationToken);

        Assert.That(_database.Scalar<string>("SELECT prompt_preview FROM usage"), Is.EqualTo(Prompt));
    }

    private async Task CallAsync(string setting, CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, setting, ProxyUnderTest.StoresAllAtStop);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages?beta=true")
        {
            Content = new StringContent($$"""{"model":"claude-opus-4-8","messages":[{"role":"user","content":[{"type":"text","text":"{{Prompt}}"}]}]}"""),
        };
        request.Headers.Add("x-api-key", Key);
        request.Headers.Add("X-Custom", "private-header");

        using var response = await client.SendAsync(request, cancellationToken);
        var exitCode = await proxy.StopAsync(cancellationToken);

        Assert.That(exitCode, Is.Zero);
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1));
    }
}
