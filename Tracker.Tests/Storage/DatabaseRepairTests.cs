using Tracker.Storage.Care;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>A repair that cannot be done. What one can do is in the doctor's tests.</summary>
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
}
