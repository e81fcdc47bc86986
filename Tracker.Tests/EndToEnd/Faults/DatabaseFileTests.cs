using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Faults;

/// <summary>The database is damaged, deleted, replaced or too new, at the start or under a running proxy.</summary>
public sealed class DatabaseFileTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task File_that_is_no_database_is_left_alone_and_calls_go_on_until_somebody_has_repaired_it(CancellationToken cancellationToken)
    {
        var garbage = new string('x', 8192);
        await File.WriteAllTextAsync(_database.Path, garbage, cancellationToken);
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using (var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken))
        {
            await calls.CallTimesAsync(proxy.Address, 50, cancellationToken);
            var status = await proxy.WaitForStatusAsync(status => status.GetProperty("writer_state").GetString() == "blocked", cancellationToken);
            Assert.That(status.GetProperty("writer_reason").GetString(), Does.Contain("not a database"));
            var line = await proxy.Process.WaitForLineAsync(line => line.Contains("Nothing more is written to the database", StringComparison.Ordinal), cancellationToken);
            Assert.That(line, Does.Contain(_database.Path).And.Contain("repair the file or move it away"));
            Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        }

        Assert.That(calls.Failed, Is.Zero);
        Assert.That(await File.ReadAllTextAsync(_database.Path, cancellationToken), Is.EqualTo(garbage));
        File.Delete(_database.Path);
        await StoreWhatIsLeftAsync(calls, cancellationToken);
        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(120_000)]
    public async Task Database_that_a_newer_Tracker_migrates_under_the_proxy_is_not_written_any_more(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
        await calls.CallTimesAsync(proxy.Address, 10, cancellationToken);
        await proxy.WaitForAllStoredAsync(cancellationToken);
        using var connection = _database.Connections.Open();
        var version = connection.ExecuteScalar<long>("PRAGMA user_version");
        connection.Execute("PRAGMA user_version = 9999");

        await calls.CallTimesAsync(proxy.Address, 10, cancellationToken);
        var status = await proxy.WaitForStatusAsync(status => status.GetProperty("writer_state").GetString() == "blocked", cancellationToken);
        Assert.That(status.GetProperty("writer_reason").GetString(), Does.Contain("made by a newer Tracker"));
        Assert.That(connection.ExecuteScalar<long>("SELECT count(*) FROM usage"), Is.LessThan(calls.Completed));

        connection.Execute($"PRAGMA user_version = {version}");
        await proxy.WaitForAllStoredAsync(cancellationToken);
        Assert.That(calls.Failed, Is.Zero);
        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(120_000)]
    public async Task Deleted_database_is_noticed_and_its_last_records_are_stored_in_a_new_one([Values("", "-wal", "-wal, and made anew", "all")] string what, CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
        await calls.CallTimesAsync(proxy.Address, 50, cancellationToken);
        await proxy.WaitForAllStoredAsync(cancellationToken);

        foreach (var suffix in what == "all" ? ["", "-wal", "-shm"] : new[] { what.Split(',')[0] })
        {
            File.Delete(_database.Path + suffix);
        }

        if (what.EndsWith("made anew", StringComparison.Ordinal))
        {
            await File.WriteAllBytesAsync(_database.Path + "-wal", [], cancellationToken); // As any program does that opens the database now.
        }

        await proxy.Process.WaitForLineAsync(line => line.Contains("was deleted or replaced", StringComparison.Ordinal), cancellationToken);
        await calls.CallTimesAsync(proxy.Address, 50, cancellationToken);
        await proxy.WaitForAllStoredAsync(cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);

        calls.AssertAllAreRows(_database);
        Assert.That(calls.Failed, Is.Zero);
    }

    [Test, CancelAfter(120_000)]
    public async Task Log_without_its_index_is_left_before_two_processes_write_it(CancellationToken cancellationToken)
    {
        const int Lines = 2000;
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken, ProxyUnderTest.StoresAllAtStop);
        await calls.CallTimesAsync(proxy.Address, 50, cancellationToken);
        await proxy.WaitForAllStoredAsync(cancellationToken);
        var home = new ClaudeHome(_database);
        home.Write("a.jsonl", Enumerable.Range(0, Lines).Select(line => ClaudeHome.Line(500_000 + line)));

        File.Delete(_database.Path + "-shm");
        await calls.CallTimesAsync(proxy.Address, 1, cancellationToken);
        await proxy.Process.WaitForLineAsync(line => line.Contains("was deleted or replaced", StringComparison.Ordinal), cancellationToken);
        await using var importer = TrackerProcess.Start("tracker-importer", home.Folder, [$"--Storage:DatabasePath={_database.Path}"]);
        var importing = importer.WaitForExitAsync(cancellationToken);
        await calls.CallUntilAsync(proxy.Address, () => importing.IsCompleted, cancellationToken, clients: 2);

        Assert.That(await importing, Is.Zero, importer.Errors);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        Assert.That(_database.Query("PRAGMA integrity_check").Select(row => row.Values.Single()), Is.EqualTo(["ok"]));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE evidence & 2"), Is.EqualTo(Lines));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE evidence & 1"), Is.EqualTo(calls.Completed));
        Assert.That(calls.Failed, Is.Zero);
    }

    [Test, CancelAfter(120_000)]
    public async Task Database_that_is_replaced_by_another_or_emptied_gets_the_last_records_and_keeps_its_own([Values] bool emptied, CancellationToken cancellationToken)
    {
        using var other = new TestDatabase();
        var kept = Some.Usage() with { Key = Some.Key(999_999_999) };
        other.Write(kept);
        SqliteConnection.ClearAllPools();
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
        await calls.CallTimesAsync(proxy.Address, 50, cancellationToken);
        await proxy.WaitForAllStoredAsync(cancellationToken);

        if (emptied)
        {
            await using var file = new FileStream(_database.Path, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite);
        }
        else
        {
            File.Move(other.Path, _database.Path, overwrite: true);
        }

        await calls.CallTimesAsync(proxy.Address, 50, cancellationToken);
        await proxy.Process.WaitForLineAsync(line => line.Contains("was deleted or replaced", StringComparison.Ordinal), cancellationToken);
        await calls.CallTimesAsync(proxy.Address, 1, cancellationToken); // Stored when the old log is out of the way, which is told before it is.
        await proxy.WaitForAllStoredAsync(cancellationToken);
        // Until then it may be in the middle of what the journal has of the earlier file.
        await _database.WaitForAsync("SELECT count(*) FROM usage", calls.Completed + (emptied ? 0 : 1), cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);

        Assert.That(calls.Failed, Is.Zero);
        calls.AssertAllAreRows(_database);
        Assert.That(_database.Scalar<long>($"SELECT count(*) FROM usage WHERE usage_key = '{kept.Key}'"), Is.EqualTo(emptied ? 0 : 1));
    }

    [Test, CancelAfter(120_000)]
    public async Task Garbage_over_the_header_of_the_open_database_stops_no_call_and_no_proxy(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using (var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken))
        {
            await calls.CallTimesAsync(proxy.Address, 50, cancellationToken);
            await proxy.WaitForAllStoredAsync(cancellationToken);
            await using (var file = new FileStream(_database.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                await file.WriteAsync(new byte[4096].Select((_, i) => (byte)(i * 7)).ToArray(), cancellationToken);
            }

            await calls.CallTimesAsync(proxy.Address, 300, cancellationToken);
            proxy.Process.Kill(); // SQLite goes on for a while with the pages that it has; the journal still has every record.
        }

        Assert.That(calls.Failed, Is.Zero);
        foreach (var suffix in new[] { "", "-wal", "-shm" })
        {
            File.Delete(_database.Path + suffix);
        }

        await StoreWhatIsLeftAsync(calls, cancellationToken);
        calls.AssertAllAreRows(_database);
    }

    private async Task StoreWhatIsLeftAsync(CountedCalls calls, CancellationToken cancellationToken)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
        await proxy.WaitForStatusAsync(status => status.GetProperty("writer_state").GetString() == "idle", cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
    }
}
