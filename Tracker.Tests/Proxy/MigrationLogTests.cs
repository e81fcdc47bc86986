using Microsoft.Extensions.Time.Testing;
using Tracker.Proxy;
using Tracker.Proxy.Recording;
using Tracker.Storage.Schema;

namespace Tracker.Tests.Proxy;

public sealed class MigrationLogTests
{
    private static readonly SchemaMigration Migration = new("/data/tracker.db", 8, 14, "/data/tracker.db.schema-8.backup");

    private readonly FakeTimeProvider _time = new();
    private readonly CollectingLogger<MigrationLog> _log = new();
    private WriterStatus _status = null!;
    private MigrationLog _migrations = null!;

    [SetUp]
    public void SetUp()
    {
        _status = new WriterStatus(_time);
        _migrations = new MigrationLog(_status, _time, _log);
    }

    [Test]
    public void Status_says_what_takes_so_long_until_the_writer_goes_on()
    {
        _migrations.OnBegin(Migration);
        Assert.That((_status.State, _status.Reason), Is.EqualTo((WriterState.Starting, "The database is copied to /data/tracker.db.schema-8.backup and brought from schema 8 to 14, which takes minutes for a large one.")));

        _migrations.OnEnd(Migration, 0);
        _status.Enter(WriterState.Writing);
        Assert.That(_status.Reason, Is.Null);
    }

    [Test]
    public void End_is_told_with_how_long_it_took()
    {
        _migrations.OnBegin(Migration);
        _time.Advance(TimeSpan.FromSeconds(87));
        _migrations.OnEnd(Migration, 2);

        Assert.That(_log.Ids, Is.EqualTo(new[] { EventIds.MigrationBegun, EventIds.MigrationEnded }));
        Assert.That(_log.Entries[1].Message, Does.Contain("from schema 8 to 14 in 00:01:27").And.Contain("2 were removed"));
    }

    [Test]
    public void One_that_fails_again_and_again_is_told_once()
    {
        _migrations.OnBegin(Migration);
        _migrations.OnBegin(Migration);
        _migrations.OnEnd(Migration, 0);
        _migrations.OnBegin(Migration); // An earlier database was put in its place.

        Assert.That(_log.Ids, Is.EqualTo(new[] { EventIds.MigrationBegun, EventIds.MigrationEnded, EventIds.MigrationBegun }));
    }
}
