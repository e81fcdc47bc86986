using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Another process (this one) holds the write lock while the proxy is under load.</summary>
public sealed class LockedDatabaseTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task No_request_fails_while_the_database_is_locked_for_10_seconds_and_every_row_is_there_afterwards(CancellationToken cancellationToken)
    {
        var calls = 0;
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(Interlocked.Increment(ref calls)), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var connection = _database.Connections.Open();

        // The lock really is held for the ten seconds of the promise; more than three of them are longer than the busy timeout.
        var answered = 0;
        await using (var transaction = await BeginAsync(connection))
        {
            using var tenSeconds = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            while (!tenSeconds.IsCancellationRequested)
            {
                using var response = await client.PostAsync("/v1/messages", new StringContent("""{"model":"claude-opus-4-8"}"""), cancellationToken);
                Assert.That((int)response.StatusCode, Is.EqualTo(200));
                answered++;
                await Task.Delay(10, cancellationToken); // The load: about a hundred requests a second.
            }

            Assert.That(answered, Is.GreaterThan(40), "ten times as many as if each had waited for the busy timeout of 3 s");
            var status = await proxy.WaitForStatusAsync(status => status.GetProperty("accepted").GetInt64() == answered, cancellationToken);
            Assert.That(status.GetProperty("writer_state").GetString(), Is.EqualTo("waiting"));
            Assert.That(status.GetProperty("queue_depth").GetInt64(), Is.EqualTo(answered), "also what the writer tries to store");
            Assert.That(status.GetProperty("stored").GetInt64(), Is.Zero);
        }

        await proxy.WaitForStoredAsync(answered, cancellationToken);
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(answered));
        Assert.That(answered, Is.EqualTo(calls));
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero); // Now all that it says has come.
        Assert.That(Lines(proxy, "cannot be written"), Is.EqualTo(1), "logged when it starts");
        Assert.That(Lines(proxy, "can be written again"), Is.EqualTo(1), "and when it ends");
    }

    [Test, CancelAfter(60_000)]
    public async Task A_proxy_starts_while_the_database_is_locked_and_stores_what_it_saw_later(CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        using var connection = _database.Connections.Open();

        await using var transaction = await BeginAsync(connection);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, "Storage:BusyTimeout=00:00:01");
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var response = await client.PostAsync("/v1/messages", new StringContent("""{"model":"claude-opus-4-8"}"""), cancellationToken);
        await transaction.DisposeAsync();

        await proxy.WaitForStoredAsync(1, cancellationToken);
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1));
    }

    [Test, CancelAfter(60_000)]
    public async Task Database_of_an_earlier_Tracker_is_migrated_while_calls_go_on(CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        using var connection = new SqliteConnection($"Data Source={_database.Path};Pooling=False");
        connection.Open();
        using (var script = new StreamReader(typeof(TrackerConnectionFactory).Assembly.GetManifestResourceStream("Migrations/0001_usage.sql")!))
        {
            connection.Execute(await script.ReadToEndAsync(cancellationToken) + "; PRAGMA journal_mode = WAL; PRAGMA user_version = 1");
        }

        await using var transaction = await BeginAsync(connection); // Holds the migration up for as long as a large database would.
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, "Storage:BusyTimeout=00:10:00");
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var response = await client.PostAsync("/v1/messages", new StringContent("""{"model":"claude-opus-4-8"}"""), cancellationToken);
        var status = await proxy.GetStatusAsync(cancellationToken);
        await transaction.DisposeAsync();
        await proxy.WaitForStoredAsync(1, cancellationToken);

        Assert.That((int)response.StatusCode, Is.EqualTo(200));
        Assert.That((status.GetProperty("writer_state").GetString(), status.GetProperty("accepted").GetInt64()), Is.EqualTo(("starting", 1)));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1));
    }

    private static ValueTask<SqliteTransaction> BeginAsync(SqliteConnection connection) => ValueTask.FromResult(connection.BeginTransaction());

    private static int Lines(ProxyUnderTest proxy, string text) => proxy.Process.Output.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));
}
