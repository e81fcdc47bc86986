using Microsoft.Data.Sqlite;
using Tracker.Storage.Care;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;
using Tracker.Tests.Storage.Joining;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>A repair that cannot be done, and what one means for the import after it. What else one can do is in the doctor's tests.</summary>
public sealed class DatabaseRepairTests
{
    [Test]
    public void Repair_that_the_disk_has_no_room_for_gives_back_what_it_took()
    {
        using var disk = SmallDisk.Mount(megabytes: 32);
        var database = new TestDatabase(disk.Path);
        database.Write([.. Enumerable.Range(0, 10_000).Select(_ => Some.Usage())]);
        disk.FillBut(1_000_000);
        var repair = new DatabaseRepair(database.Connections, PriceBooks.Embedded, TimeProvider.System);

        Assert.That(() => repair.Repair([]), Throws.InstanceOf<StorageException>().With.Message.Contains("could not be repaired").And.Message.Contains("full"));

        Assert.That(Directory.GetFiles(disk.Path, "*.repair*"), Is.Empty);
        Assert.That(database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(10_000), "the database is where it was");
    }

    [Test]
    public void Repair_on_a_disk_that_is_nearly_full_gives_a_whole_database_or_none()
    {
        var repaired = 0;
        for (var free = 200_000L; free <= 1_000_000; free += 100_000)
        {
            using var disk = SmallDisk.Mount(megabytes: 8);
            var database = new TestDatabase(disk.Path);
            database.Write([.. Enumerable.Range(0, 300).Select(_ => Some.Usage())]);
            database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            database.Connections.Forget();
            disk.FillBut(free);
            try
            {
                new DatabaseRepair(database.Connections, PriceBooks.Embedded, TimeProvider.System).Repair([]);
                repaired++;
            }
            catch (StorageException)
            {
                // No room.
            }

            database.Connections.Forget();
            disk.Free();
            Assert.That(database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(300), $"{free} bytes were free");
            Assert.That(Directory.GetFiles(disk.Path, "*.repair*"), Is.Empty, $"{free} bytes were free");
        }

        Assert.That(repaired, Is.Positive, "there was room in the end");
    }

    [Test]
    public void Repair_keeps_long_ids_and_calls_of_a_machine_without_a_clock()
    {
        using var database = new TestDatabase();
        database.Write(Some.Usage() with { Key = UsageKey.FromStored("anthropic:msg_" + new string('x', 1020)) }, Some.Usage() with { OccurredAt = DateTimeOffset.UnixEpoch.AddDays(3) });

        var report = new DatabaseRepair(database.Connections, PriceBooks.Embedded, TimeProvider.System).Repair([]);

        Assert.That((report.CallsSalvaged, report.ImplausibleRows), Is.EqualTo((2L, 0L)));
    }

    [TestCase("usage", false)]
    [TestCase("usage_alias", false)]
    [TestCase("usage_alias_usage", false)]
    [TestCase("usage_alias usage_alias_usage", true)]
    [TestCase("usage usage_alias usage_alias_usage", true)]
    [CancelAfter(120_000)]
    public async Task Calls_that_were_joined_are_counted_once_when_their_logs_are_read_again(string damaged, bool areNamesLost, CancellationToken cancellationToken)
    {
        const int Calls = 1500;
        using var database = new TestDatabase();
        var logged = Enumerable.Range(0, Calls).Select(number => JoinUnderTest.Logged(number, at: (60 * number) + 1, id: $"call-{number:D6}")).ToArray();
        database.Write([.. Enumerable.Range(0, Calls).SelectMany(number => new[] { JoinUnderTest.Wire(number, sentAt: 60 * number), NamedByItsLog(number) })]);
        Assert.That(StoreAndJoin(database, logged), Is.EqualTo(Calls));
        var before = Sums(database);
        database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        SqliteConnection.ClearAllPools();
        foreach (var tree in damaged.Split(' '))
        {
            await DamagedFile.OverwriteLeavesAsync(database, tree, first: 2, count: tree == "usage" ? 1 : 4, cancellationToken);
        }

        SqliteConnection.ClearAllPools();
        var report = new DatabaseRepair(database.Connections, PriceBooks.Embedded, TimeProvider.System).Repair([]);
        database.Connections.Forget();
        var named = database.Scalar<long>("SELECT count(*) FROM usage WHERE client = 'claude-code' AND evidence = 3");
        var joined = StoreAndJoin(database, logged);

        Assert.That(report.CallsToJoinAgain, areNamesLost ? Is.InRange(1, Calls - 1) : Is.Zero);
        Assert.That(joined, Is.EqualTo(report.CallsToJoinAgain));
        Assert.That(report.CallsSalvaged, damaged.StartsWith("usage_", StringComparison.Ordinal) ? Is.EqualTo(2 * Calls) : Is.InRange(Calls, (2 * Calls) - 1));
        Assert.That(Sums(database), Is.EqualTo(before), "what was lost of the calls that were joined has come back from their logs");
        Assert.That(database.Scalar<long>("SELECT count(*) FROM usage WHERE client = 'claude-code' AND evidence = 3"), Is.EqualTo(named).And.EqualTo(report.CallsSalvaged - database.Scalar<long>("SELECT count(*) FROM usage_alias")));
    }

    private static int StoreAndJoin(TestDatabase database, UsageRecord[] logged)
    {
        using var join = new JoinUnderTest(database);
        join.Store(logged);
        return join.Join(at: 1_000_000).Joined;
    }

    // A log that has the upstream's id needs no join.
    private static UsageRecord NamedByItsLog(int number) => Some.Usage() with { Evidence = Evidence.Wire | Evidence.Transcript, Client = "claude-code", OccurredAt = Some.Time.AddSeconds(60 * number) };

    private static string Sums(TestDatabase database) =>
        string.Join(' ', database.Query("SELECT count(*), sum(input_tokens), sum(output_tokens), sum(cache_read_tokens) FROM usage WHERE client = 'cline'").Single().Values);
}
