using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>Coding agents as npm has them, which learn of the proxy from <c>tracker-proxy connect</c> alone.</summary>
public sealed class ConnectedClientTests : IDisposable
{
    private const string Hello = "Hello from the fake upstream.";

    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    private static IEnumerable<TestCaseData> All => ConnectedClient.All.Select(client => new TestCaseData(client).SetArgDisplayNames(client.Name));

    [TestCaseSource(nameof(All)), CancelAfter(300_000)]
    public async Task Connected_client_calls_through_the_proxy(object data, CancellationToken cancellationToken)
    {
        var client = (ConnectedClient)data;
        await using var home = new ClientHome(client);
        await using var upstream = await FakeUpstream.StartAsync(Path.Combine(_database.Folder, "ledger.jsonl"), cancellationToken, "--cwd", home.Project);
        await using var proxy = await StartProxyAsync(client, upstream, cancellationToken);
        client.WriteSettings(home.Path, address: null);
        var settings = Path.Combine(home.Path, client.Settings);
        var before = await File.ReadAllTextAsync(settings, cancellationToken);

        await RunAsync(home, cancellationToken, "connect", client.Name, $"--Urls={Origin(proxy.Address)}");
        var connected = await File.ReadAllTextAsync(settings, cancellationToken);
        var result = await home.RunAsync(new("hello"), proxy.Address, cancellationToken);
        var used = await File.ReadAllTextAsync(settings, cancellationToken);
        await RunAsync(home, cancellationToken, "disconnect", client.Name);

        result.AssertAnswered(Hello);
        await proxy.WaitForStoredAsync(upstream.ReadLedger().Count, cancellationToken);
        Assert.That(upstream.ReadLedger(), Is.Not.Empty);
        // Some clients write their settings anew.
        Assert.That(await File.ReadAllTextAsync(settings, cancellationToken), used == connected ? Is.EqualTo(before) : Does.Not.Contain(Origin(proxy.Address)));
    }

    [TestCaseSource(nameof(All)), CancelAfter(300_000)]
    public async Task Client_that_had_an_address_calls_there_through_the_proxy_and_directly_when_it_is_disconnected(object data, CancellationToken cancellationToken)
    {
        var client = (ConnectedClient)data;
        await using var home = new ClientHome(client);
        await using var upstream = await FakeUpstream.StartAsync(Path.Combine(_database.Folder, "ledger.jsonl"), cancellationToken, "--cwd", home.Project);
        await using var proxy = await StartProxyAsync(client, upstream, cancellationToken);
        client.WriteSettings(home.Path, Origin(upstream.Address));
        (await home.RunAsync(new("hello"), proxy.Address, cancellationToken)).AssertAnswered(Hello); // Some write their settings anew.
        var (direct, before) = (upstream.ReadLedger().Count, await File.ReadAllBytesAsync(Path.Combine(home.Path, client.Settings), cancellationToken));

        await RunAsync(home, cancellationToken, "connect", client.Name, $"--Urls={Origin(proxy.Address)}", $"--Proxy:Providers:{client.Provider}:BaseAddress={Origin(upstream.Address)}");
        (await home.RunAsync(new("hello"), proxy.Address, cancellationToken)).AssertAnswered(Hello);
        var calls = upstream.ReadLedger().Count;
        await proxy.WaitForStoredAsync(calls - direct, cancellationToken);
        await RunAsync(home, cancellationToken, "disconnect", client.Name);
        (await home.RunAsync(new("hello"), proxy.Address, cancellationToken)).AssertAnswered(Hello);

        Assert.That(upstream.ReadLedger(), Has.Count.GreaterThan(calls));
        var status = await proxy.WaitForStatusAsync(_ => true, cancellationToken);
        Assert.That(status.GetProperty("accepted").GetInt64(), Is.EqualTo(calls - direct).And.Positive, "what came through the proxy");
        Assert.That(File.ReadAllBytes(Path.Combine(home.Path, client.Settings)), Is.EqualTo(before));
    }

    private static string Origin(Uri address) => address.GetLeftPart(UriPartial.Authority);

    private Task<ProxyUnderTest> StartProxyAsync(RealClient client, FakeUpstream upstream, CancellationToken cancellationToken) =>
        ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, $"Proxy:Providers:{client.Provider}:BaseAddress={Origin(upstream.Address)}");

    private async Task RunAsync(ClientHome home, CancellationToken cancellationToken, params string[] arguments)
    {
        // The home is named, so that no variable of the machine's says anything.
        await using var process = TrackerProcess.Start("tracker-proxy", home.Path, [.. arguments, $"--Importer:Home={home.Path}", $"--Storage:DatabasePath={Path.Combine(_database.Folder, "tracker.db")}"]);
        Assert.That(await process.WaitForExitAsync(cancellationToken), Is.Zero, $"{process.Output}\n{process.Errors}");
    }
}
