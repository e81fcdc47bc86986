using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Faults;

/// <summary>The disk is full, or fails, at the start or under a running proxy.</summary>
public sealed class DiskTests
{
    [Test, CancelAfter(120_000)]
    public async Task Full_disk_delays_records_until_there_is_room(CancellationToken cancellationToken)
    {
        using var disk = SmallDisk.Mount(megabytes: 32);
        using var database = new TestDatabase(disk.Path);
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(disk.Path, calls.Address, cancellationToken, "Recording:QueueCapacity=100");
        await calls.CallTimesAsync(proxy.Address, 100, cancellationToken);
        await proxy.WaitForAllStoredAsync(cancellationToken);

        JsonElement status;
        do
        {
            disk.Fill(); // Again and again, because the reserve gives its room to the database.
            await calls.CallAsync(proxy.Address, cancellationToken);
            status = await proxy.GetStatusAsync(cancellationToken);
        }
        while (status.GetProperty("spilled").GetInt64() < 100);
        Assert.That(status.GetProperty("writer_reason").GetString(), Does.Contain("full"));

        disk.Free();
        await proxy.WaitForAllStoredAsync(cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        Assert.That((calls.Failed, status.GetProperty("dropped").GetInt64()), Is.EqualTo((0, 0)));
        calls.AssertAllAreRows(database);
    }

    [Test, CancelAfter(120_000)]
    public async Task Proxy_starts_on_a_full_disk_and_stores_what_it_saw_when_there_is_room(CancellationToken cancellationToken)
    {
        using var disk = SmallDisk.Mount(megabytes: 32);
        using var database = new TestDatabase(disk.Path);
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        disk.Fill();
        await using var proxy = await ProxyUnderTest.StartAsync(disk.Path, calls.Address, cancellationToken);
        await calls.CallTimesAsync(proxy.Address, 200, cancellationToken);
        var status = await proxy.WaitForStatusAsync(status => status.GetProperty("writer_state").GetString() == "waiting", cancellationToken);
        Assert.That(status.GetProperty("journal_state").GetString(), Is.EqualTo("failing"));

        disk.Free();
        await proxy.WaitForAllStoredAsync(cancellationToken);
        await proxy.WaitForStatusAsync(status => status.GetProperty("journal_state").GetString() == "on", cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        Assert.That(calls.Failed, Is.Zero);
        calls.AssertAllAreRows(database);
    }

    [Test, CancelAfter(120_000)]
    public async Task Disk_that_Tracker_itself_has_filled_is_survived_with_the_room_of_the_reserve(CancellationToken cancellationToken)
    {
        using var disk = SmallDisk.Mount(megabytes: 64);
        using var database = new TestDatabase(disk.Path);
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(disk.Path, calls.Address, cancellationToken, "Recording:QueueCapacity=100", "Recording:JournalBytes=8388608");
        await calls.CallTimesAsync(proxy.Address, 100, cancellationToken);
        await proxy.WaitForAllStoredAsync(cancellationToken);

        disk.FillBut(1_000_000);
        await calls.CallUntilAsync(proxy.Address, () => Waits(proxy), cancellationToken);

        await proxy.WaitForAllStoredAsync(cancellationToken);
        var status = await proxy.GetStatusAsync(cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        Assert.That(status.GetProperty("dropped").GetInt64(), Is.Zero);
        Assert.That(calls.Failed, Is.Zero);
        calls.AssertAllAreRows(database);
    }

    [Test, CancelAfter(120_000)]
    public async Task Failing_writes_to_the_database_delay_records_until_they_work([Values("EIO", "ENOSPC", "EROFS")] string error, CancellationToken cancellationToken)
    {
        using var database = new TestDatabase();
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(database.Folder, calls.Address, cancellationToken);
        await calls.CallTimesAsync(proxy.Address, 20, cancellationToken);
        await proxy.WaitForAllStoredAsync(cancellationToken);

        await using (await InjectedFault.StartAsync(proxy.Process.Id, "pwrite64", "error=" + error, cancellationToken, database.Path, database.Path + "-wal"))
        {
            await calls.CallUntilAsync(proxy.Address, () => Waits(proxy), cancellationToken);
            await calls.CallTimesAsync(proxy.Address, 100, cancellationToken);
        }

        await proxy.WaitForAllStoredAsync(cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        Assert.That(calls.Failed, Is.Zero);
        calls.AssertAllAreRows(database);
    }

    [Test, CancelAfter(120_000)]
    public async Task Failing_writes_to_the_journal_cost_no_call_and_no_record(CancellationToken cancellationToken)
    {
        using var database = new TestDatabase();
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(database.Folder, calls.Address, cancellationToken);
        var segments = Enumerable.Range(1, 20).Select(number => Path.Combine(database.Folder, "journal", $"{number:D10}.journal")).ToArray();

        await using (await InjectedFault.StartAsync(proxy.Process.Id, "pwrite64", "error=EIO", cancellationToken, segments))
        {
            await calls.CallTimesAsync(proxy.Address, 100, cancellationToken);
            await proxy.WaitForAllStoredAsync(cancellationToken);
            await proxy.Process.WaitForLineAsync(line => line.Contains("The journal in", StringComparison.Ordinal), cancellationToken);
        }

        await proxy.WaitForStatusAsync(status => status.GetProperty("journal_state").GetString() == "on", cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        Assert.That(calls.Failed, Is.Zero);
        calls.AssertAllAreRows(database);
    }

    [Test, CancelAfter(120_000)]
    public async Task Slow_disk_holds_up_the_writer_and_no_call(CancellationToken cancellationToken)
    {
        using var database = new TestDatabase();
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(database.Folder, calls.Address, cancellationToken);
        int stored;

        await using (await InjectedFault.StartAsync(proxy.Process.Id, "pwrite64", "delay_enter=500000", cancellationToken, database.Path, database.Path + "-wal"))
        {
            await calls.CallTimesAsync(proxy.Address, 200, cancellationToken);
            stored = (int)(await proxy.GetStatusAsync(cancellationToken)).GetProperty("stored").GetInt64();
        }

        Assert.That(stored, Is.LessThan(calls.Completed), "the calls did not wait for the disk");
        await proxy.WaitForAllStoredAsync(cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        Assert.That(calls.Failed, Is.Zero);
        calls.AssertAllAreRows(database);
    }

    private static bool Waits(ProxyUnderTest proxy) => proxy.Process.Output.Contains("cannot be written (", StringComparison.Ordinal);
}
