using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tracker.Importer.Importing;
using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

public sealed class DatabaseTurnsTests
{
    private readonly TestDatabase _database = new();
    private readonly FakeTimeProvider _time = new();
    private DirectoryLock _proxy = null!;
    private DatabaseTurns _turns = null!;
    private long _version = 1;
    private int _looks;
    private int _writesAtLook;

    [SetUp]
    public void SetUp()
    {
        _proxy = DirectoryLock.TryTake(DirectoryLock.ProxyLock(_database.Folder))!;
        _turns = new DatabaseTurns(_database.Connections, _time, NullLogger.Instance, CancellationToken.None) { DataVersion = Look };
        TakeTurn();
    }

    [TearDown]
    public void TearDown()
    {
        _proxy.Dispose();
        _database.Dispose();
    }

    [Test]
    public void Gaps_beside_a_proxy_that_stores_nothing_are_short()
    {
        for (var turn = 0; turn < 10; turn++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            Assert.That(TakeTurn(), Is.EqualTo(1));
        }
    }

    [Test]
    public void Proxy_that_stores_calls_and_has_not_come_for_a_while_gets_a_long_gap()
    {
        _version++;
        Assert.That(TakeTurn(), Is.EqualTo(1), "it has just come");
        Assert.That(TakeTurn(), Is.EqualTo(1));

        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.That(TakeTurn(), Is.GreaterThan(20), "30 ms, with a look each millisecond");
        Assert.That(TakeTurn(), Is.EqualTo(1), "not at once again");
    }

    [Test]
    public void Long_gap_ends_when_the_proxy_has_written()
    {
        _version++;
        TakeTurn();
        _time.Advance(TimeSpan.FromMilliseconds(50));

        Assert.That(TakeTurn(writesAtLook: 5), Is.EqualTo(5));
    }

    [Test]
    public void Proxy_that_has_stored_nothing_for_a_second_gets_short_gaps_again()
    {
        _version++;
        TakeTurn();
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.That(TakeTurn(), Is.EqualTo(1));
    }

    private int TakeTurn(int writesAtLook = 0)
    {
        (_looks, _writesAtLook) = (0, writesAtLook);
        _turns.Take(_ => true);
        return _looks;
    }

    // Each look takes a millisecond.
    private long? Look()
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        return ++_looks == _writesAtLook ? ++_version : _version;
    }
}
