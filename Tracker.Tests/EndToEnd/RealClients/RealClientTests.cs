using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>
/// Coding agents as npm has them, through a real proxy: the rows must equal what the upstream has served, and the transcripts that the clients have
/// written meanwhile must find those rows, whichever comes first.
/// </summary>
public sealed class RealClientTests : IDisposable
{
    private const string Hello = "Hello from the fake upstream.";
    private const string Worked = "The folder holds notes.txt. Done.";
    private const string Delegated = "The subagent is done.";

    private static readonly RealClient[] Clients = [new ClaudeCode(), new Codex(), new GeminiCli(), new OpenCode(), new QwenCode(), new CopilotCli("completions"), new CopilotCli("responses")];

    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    private static IEnumerable<TestCaseData> All => Clients.Select(Case);

    private static IEnumerable<TestCaseData> Imported => Clients.Where(client => client.IsImported).Select(Case);

    [TestCaseSource(nameof(All)), CancelAfter(600_000)]
    public async Task Session_with_tools_that_is_resumed(object data, CancellationToken cancellationToken)
    {
        var client = (RealClient)data;
        await using var home = new ClientHome(client);
        await using var upstream = await StartUpstreamAsync(home, cancellationToken);
        await using var proxy = await StartProxyAsync(client, upstream, cancellationToken);

        (await home.RunAsync(new("hello"), proxy.Address, cancellationToken)).AssertAnswered(Hello);
        (await home.RunAsync(new("work") { Resumes = true }, proxy.Address, cancellationToken)).AssertAnswered(Worked);

        var ledger = await AssertRowsEqualLedgerAsync(client, upstream, proxy, cancellationToken);
        Assert.That(ledger.Count(entry => !client.IsSideRequest(entry)), Is.GreaterThanOrEqualTo(4), "an answer, and one with tools in three calls");
        Assert.That(_database.Scalar<long>("SELECT count(DISTINCT session_id) FROM usage"), Is.EqualTo(client.HasSession ? 1 : 0));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE agent_id IS NOT NULL"), Is.Zero);
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM tool_call"), Is.GreaterThanOrEqualTo(2), "not every client has a tool for reading");
        await AssertTranscriptsJoinAsync(client, ledger, home, cancellationToken);
    }

    [TestCaseSource(nameof(All)), CancelAfter(600_000)]
    public async Task Sub_agent(object data, CancellationToken cancellationToken)
    {
        var client = (RealClient)data;
        await using var home = new ClientHome(client);
        await using var upstream = await StartUpstreamAsync(home, cancellationToken);
        await using var proxy = await StartProxyAsync(client, upstream, cancellationToken);

        (await home.RunAsync(new(Delegation(client)), proxy.Address, cancellationToken)).AssertAnswered(Delegated);

        var ledger = await AssertRowsEqualLedgerAsync(client, upstream, proxy, cancellationToken);
        // One in the background ends with the main one, wherever it is.
        var atLeast = client.HasAgentsInBackground ? 1 : 3;
        Assert.That(ledger.Count(entry => !client.IsSideRequest(entry)), Is.GreaterThanOrEqualTo(3 + atLeast), "three calls of the main agent, and those of the other");
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE agent_id IS NOT NULL"), client.HasAgents ? Is.InRange(atLeast, 3) : Is.Zero);
        await AssertTranscriptsJoinAsync(client, ledger, home, cancellationToken);
    }

    [TestCaseSource(nameof(All)), CancelAfter(600_000)]
    public async Task Upstream_that_is_overloaded_and_then_breaks_off(object data, CancellationToken cancellationToken)
    {
        var client = (RealClient)data;
        await using var home = new ClientHome(client);
        await using var upstream = await StartUpstreamAsync(home, cancellationToken);
        await using var proxy = await StartProxyAsync(client, upstream, cancellationToken);
        var overloaded = new ClientTurn("hello") { Upstream = new Dictionary<string, string> { ["status"] = "529", ["fail-first"] = "2" } };
        var broken = new ClientTurn("hello") { Upstream = new Dictionary<string, string> { ["abort"] = "2" } };

        (await home.RunAsync(overloaded, proxy.Address, cancellationToken)).AssertAnswered(Hello);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = home.RunAsync(broken, proxy.Address, enough.Token);
        if (!client.GivesUp)
        {
            await proxy.WaitForStoredAsync(upstream.ReadLedger().Count + 2, cancellationToken);
            await enough.CancelAsync();
        }

        await running;

        var ledger = await AssertRowsEqualLedgerAsync(client, upstream, proxy, cancellationToken);
        var outcomes = ledger.CountBy(entry => entry.GetProperty("outcome").GetString()!).ToDictionary();
        Assert.That(outcomes["error"], Is.GreaterThanOrEqualTo(2));
        Assert.That(outcomes["aborted"], Is.GreaterThanOrEqualTo(1));
        Assert.That(outcomes["complete"], Is.GreaterThanOrEqualTo(1));
        await AssertTranscriptsJoinAsync(client, ledger, home, cancellationToken);
    }

    /// <summary>The calls are in the proxy's journal alone when the first import runs, because the database was locked and the proxy killed.</summary>
    [TestCaseSource(nameof(Imported)), CancelAfter(600_000)]
    public async Task Rows_are_the_same_whether_the_transcripts_or_the_calls_come_first(object data, CancellationToken cancellationToken)
    {
        var client = (RealClient)data;
        await using var home = new ClientHome(client);
        await using var upstream = await StartUpstreamAsync(home, cancellationToken);
        await using (var proxy = await StartProxyAsync(client, upstream, cancellationToken))
        {
            await using var holder = await LockHolder.StartAsync(_database.Path, cancellationToken);
            (await home.RunAsync(new("work"), proxy.Address, cancellationToken)).AssertAnswered(Worked);
            (await home.RunAsync(new(Delegation(client)), proxy.Address, cancellationToken)).AssertAnswered(Delegated);
            proxy.Process.Kill();
            await proxy.Process.WaitForExitAsync(cancellationToken);
        }

        var ledger = upstream.ReadLedger();
        using var twinFolder = new TempDirectory();
        TestData.CopyTo(_database.Folder, twinFolder.Path);
        using var twin = new TestDatabase(twinFolder.Path);
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.Zero);

        await ReplayAsync(client, upstream, _database.Folder, ledger.Count, cancellationToken);
        await ImportAsync(client, _database, home, cancellationToken);
        await ImportAsync(client, twin, home, cancellationToken);
        var inTranscripts = twin.Scalar<long>("SELECT count(*) FROM usage WHERE evidence = 2");
        await ReplayAsync(client, upstream, twin.Folder, ledger.Count, cancellationToken);
        await ImportAsync(client, twin, home, cancellationToken);

        LedgerRows.AssertEqual(_database, ledger, client);
        LedgerRows.AssertJoined(_database, ledger, client);
        Assert.That(inTranscripts, Is.EqualTo(ledger.Count(entry => !client.IsSideRequest(entry))));
        Assert.That(twin.Rows(), Is.EqualTo(_database.Rows()));
    }

    private static string Delegation(RealClient client) => client.HasAgentsInBackground ? "delegate-async" : "delegate";

    private static TestCaseData Case(RealClient client) => new TestCaseData(client).SetArgDisplayNames(client.Label);

    private Task<FakeUpstream> StartUpstreamAsync(ClientHome home, CancellationToken cancellationToken) =>
        FakeUpstream.StartAsync(Path.Combine(_database.Folder, "ledger.jsonl"), cancellationToken, "--cwd", home.Project);

    private Task<ProxyUnderTest> StartProxyAsync(RealClient client, FakeUpstream upstream, CancellationToken cancellationToken, string? folder = null) => ProxyUnderTest.StartAsync(
        folder ?? _database.Folder, upstream.Address, cancellationToken, $"Proxy:Providers:{client.Provider}:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}");

    private async Task<IReadOnlyList<JsonElement>> AssertRowsEqualLedgerAsync(RealClient client, FakeUpstream upstream, ProxyUnderTest proxy, CancellationToken cancellationToken)
    {
        // Both notice a moment later that a client has gone in the middle of an answer.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        try
        {
            await proxy.WaitForStatusAsync(status => status.GetProperty("stored").GetInt64() == upstream.ReadLedger().Count, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // What follows tells which calls they disagree about.
        }

        var ledger = upstream.ReadLedger();
        LedgerRows.AssertEqual(_database, ledger, client);
        return ledger;
    }

    /// <summary>What is in the transcripts finds the rows that are there: none is new, and none changes its counts.</summary>
    private async Task AssertTranscriptsJoinAsync(RealClient client, IReadOnlyList<JsonElement> ledger, ClientHome home, CancellationToken cancellationToken)
    {
        if (!client.IsImported)
        {
            return;
        }

        await ImportAsync(client, _database, home, cancellationToken);

        LedgerRows.AssertEqual(_database, ledger, client);
        LedgerRows.AssertJoined(_database, ledger, client);
    }

    private static async Task ImportAsync(RealClient client, TestDatabase database, ClientHome home, CancellationToken cancellationToken)
    {
        await using var importer = TrackerProcess.Start("tracker-importer", database.Folder, [$"--Storage:DatabasePath={database.Path}", $"--Importer:Home={home.Path}", "--source", client.Name]);
        Assert.That(await importer.WaitForExitAsync(cancellationToken), Is.Zero, importer.Errors);
        Assert.That(importer.Errors, Is.Empty, "nothing that could not be read");
    }

    private async Task ReplayAsync(RealClient client, FakeUpstream upstream, string folder, int calls, CancellationToken cancellationToken)
    {
        await using var proxy = await StartProxyAsync(client, upstream, cancellationToken, folder);
        await proxy.WaitForStatusAsync(status => status.GetProperty("recovered").GetInt64() >= calls, cancellationToken);
        await proxy.StopAsync(cancellationToken);
    }
}
