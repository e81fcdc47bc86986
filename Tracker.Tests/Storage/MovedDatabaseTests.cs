using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class MovedDatabaseTests
{
    [Test, Platform(Exclude = "Win")] // Where an open file cannot be emptied.
    public void Emptied_database_gets_nothing_of_the_old_log_when_its_last_connection_is_closed()
    {
        using var database = new TestDatabase();
        using (var writer = new UsageWriter(database.Connections, PriceBooks.Embedded))
        {
            for (var i = 0; i < 20; i++)
            {
                writer.Write([.. Enumerable.Range(0, 20).Select(_ => Some.Usage())]);
            }

            database.Connections.Forget(); // Those of the pool would be the last ones.
            File.WriteAllText(database.Path, "");
            Assert.That(writer.HasMoved);
            writer.LeaveOldFiles();
        }

        Assert.That(new FileInfo(database.Path).Length, Is.Zero);
        database.Write(Some.Usage());
        Assert.That(database.Rows(), Has.Exactly(1).Items);
    }

    [Test, Platform(Exclude = "Win")] // Where no open file can be deleted.
    public void Log_whose_index_was_deleted_stays_for_whoever_opens_the_database_next()
    {
        using var database = new TestDatabase();
        using (var writer = new UsageWriter(database.Connections, PriceBooks.Embedded))
        {
            writer.Write([Some.Usage()]);
            database.Connections.Forget();
            Assert.That(writer.HasMoved, Is.False);
            File.Delete(database.Path + "-shm");
            Assert.That(writer.HasMoved);
            File.WriteAllBytes(database.Path + "-shm", []); // As the next process makes one.
            Assert.That(writer.HasMoved);
            var log = new FileInfo(database.Path + "-wal").Length;

            writer.LeaveOldFiles();

            Assert.That(new FileInfo(database.Path + "-wal").Length, Is.EqualTo(log).And.Positive);
        }

        Assert.That(database.Rows(), Has.Exactly(1).Items);
    }

    [Test, Platform(Exclude = "Win")]
    public void Replaced_database_is_known_before_anything_was_written()
    {
        using var database = new TestDatabase();
        using var other = new TestDatabase();
        other.Write(Some.Usage());
        other.Connections.Forget();
        using var writer = new UsageWriter(database.Connections, PriceBooks.Embedded);
        Assert.That(writer.HasMoved, Is.False);

        File.Move(other.Path, database.Path, overwrite: true);

        Assert.That(writer.HasMoved);
    }

    [TestCase(13, 13, ExpectedResult = true)]
    [TestCase(10, 4874, ExpectedResult = true)] // At opening.
    [TestCase(10, 266, ExpectedResult = false)]
    public bool Full_disk_is_known_by_what_SQLite_says_of_it(int code, int extended) => StorageFaults.IsFull(new Microsoft.Data.Sqlite.SqliteException("", code, extended));
}
