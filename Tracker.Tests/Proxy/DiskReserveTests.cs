using Microsoft.Extensions.Time.Testing;
using Tracker.Proxy.Recording;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class DiskReserveTests
{
    private readonly TestDatabase _database = new();
    private readonly FakeTimeProvider _time = new();
    private DiskReserve _reserve = null!;

    private FileInfo File => new(Path.Combine(_database.Folder, "tracker-proxy.reserve"));

    [SetUp]
    public void SetUp() => _reserve = new DiskReserve(_database.Connections, _time);

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Given_up_it_is_held_again_after_a_minute()
    {
        _reserve.Hold();
        var held = File.Length;
        _reserve.GiveUp();
        var givenUp = File.Exists;
        _time.Advance(TimeSpan.FromSeconds(59));
        _reserve.Hold();
        var tooSoon = File.Exists;
        _time.Advance(TimeSpan.FromSeconds(1));
        _reserve.Hold();

        Assert.That((held, givenUp, tooSoon, File.Length), Is.EqualTo((DiskReserve.Size, false, false, DiskReserve.Size)));
    }

    [Test]
    public void Disk_without_the_room_for_it_keeps_nothing_of_it()
    {
        using var disk = SmallDisk.Mount(megabytes: 8);
        using var database = new TestDatabase(disk.Path);
        _reserve = new DiskReserve(database.Connections, _time);

        _reserve.Hold();

        Assert.That(Directory.EnumerateFiles(disk.Path), Is.Empty);
    }

    [Test]
    public void What_a_killed_process_has_left_of_it_becomes_whole()
    {
        System.IO.File.WriteAllBytes(File.FullName, new byte[100]);

        _reserve.Hold();

        Assert.That(File.Length, Is.EqualTo(DiskReserve.Size));
    }
}
