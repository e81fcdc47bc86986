using System.Globalization;
using System.Text;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>The proxy and the importer on one database.</summary>
public sealed class TogetherTests : IDisposable
{
    private const string Session = "5a2eb04d-5b92-472b-90ee-9f1a49e699e3";
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task A_call_that_both_saw_is_one_row_with_what_each_knew([Values] bool importFirst, CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteEventsAsync(AnthropicAnswers.Stream(1)), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        WriteTranscript("project-a", 1, 1);

        if (importFirst)
        {
            await ImportAsync(cancellationToken);
            await CallAsync(proxy, cancellationToken);
            await proxy.WaitForStoredAsync(1, cancellationToken);
        }
        else
        {
            await CallAsync(proxy, cancellationToken);
            await proxy.WaitForStoredAsync(1, cancellationToken);
            await ImportAsync(cancellationToken);
        }

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That(row["evidence"], Is.EqualTo(3L));
        Assert.That(row["quality"], Is.EqualTo(3L));
        Assert.That(row["outcome"], Is.EqualTo("completed"));
        Assert.That(row["output_tokens"], Is.EqualTo(AnthropicAnswers.OutputOf(1)));
        Assert.That(row["status_code"], Is.EqualTo(200L), "from the wire");
        Assert.That(row["duration_ms"], Is.Not.Null, "from the wire");
        Assert.That(row["project"], Is.EqualTo("/home/dev/project-a"), "from the transcript");
        Assert.That(row["session_id"], Is.EqualTo(Session), "from either");
        Assert.That(row["client"], Is.EqualTo("claude-code"));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_proxy_under_load_and_an_import_of_many_files_lose_nothing_and_never_find_the_database_locked(CancellationToken cancellationToken)
    {
        const int files = 60;
        const int linesPerFile = 100;
        const int calls = 600;
        var next = 0;
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteEventsAsync(AnthropicAnswers.Stream(1_000_000 + Interlocked.Increment(ref next))), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        for (var file = 0; file < files; file++)
        {
            WriteTranscript($"project-{file}", (file * linesPerFile) + 1, linesPerFile);
        }

        var importing = ImportAsync(cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var i = 0; i < calls / 8; i++)
            {
                await CallAsync(proxy, cancellationToken);
            }
        }));
        var (importer, errors) = await importing;
        await proxy.WaitForStoredAsync(calls, cancellationToken);
        var status = await proxy.GetStatusAsync(cancellationToken);

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE evidence = 1"), Is.EqualTo(calls));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE evidence = 2"), Is.EqualTo(files * linesPerFile));
        Assert.That(status.GetProperty("dropped").GetInt64(), Is.Zero);
        Assert.That(status.GetProperty("last_import").GetString(), Is.Not.Null);
        Assert.That(new FileInfo(_database.Path + "-wal").Length, Is.LessThan(64 * 1024 * 1024));
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero); // Now all that it says has come.
        Assert.That(proxy.Process.Output + importer + errors, Does.Not.Contain("locked"));
    }

    private async Task<(string Output, string Errors)> ImportAsync(CancellationToken cancellationToken)
    {
        await using var importer = TrackerProcess.Start("tracker-importer", _database.Folder, [$"--Storage:DatabasePath={_database.Path}"]);
        var exitCode = await importer.WaitForExitAsync(cancellationToken);
        Assert.That(exitCode, Is.Zero, importer.Errors);
        return (importer.Output, importer.Errors);
    }

    private static async Task CallAsync(ProxyUnderTest proxy, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages?beta=true") { Content = new StringContent("""{"model":"claude-opus-4-8","stream":true}""") };
        request.Headers.Add("X-Claude-Code-Session-Id", Session);
        request.Headers.Add("User-Agent", "claude-cli/2.1.197 (external, sdk-cli)");
        using var response = await client.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private void WriteTranscript(string project, int firstCall, int calls)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_database.Folder, ".claude", "projects", "-home-dev-" + project));
        var text = new StringBuilder();
        for (var call = firstCall; call < firstCall + calls; call++)
        {
            var time = Some.Time.AddSeconds(call).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            text.Append($$$$"""
                {"type":"assistant","sessionId":"{{{{Session}}}}","uuid":"{{{{Guid.NewGuid()}}}}","isSidechain":false,"requestId":"req_{{{{call}}}}","timestamp":"{{{{time}}}}","cwd":"/home/dev/{{{{project}}}}","version":"2.1.197","message":{{{{AnthropicAnswers.Message(call).Trim()}}}}}
                """.Trim()).Append('\n');
        }

        File.WriteAllText(Path.Combine(folder.FullName, $"{Guid.NewGuid()}.jsonl"), text.ToString());
    }
}
