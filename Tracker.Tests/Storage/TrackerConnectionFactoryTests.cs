using System.Diagnostics;
using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class TrackerConnectionFactoryTests
{
    private readonly TempDirectory _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Every_kind_of_connection_has_the_pragmas([Values] bool readOnly, [Values(1, 3, 60)] int seconds)
    {
        var connections = Factory("tracker.db", TimeSpan.FromSeconds(seconds));

        using var connection = readOnly ? connections.OpenReadOnly() : connections.Open();

        Assert.That(connection.ExecuteScalar<string>("PRAGMA journal_mode"), Is.EqualTo("wal"));
        Assert.That(connection.ExecuteScalar<long>("PRAGMA busy_timeout"), Is.EqualTo(seconds * 1000));
        Assert.That(connection.ExecuteScalar<long>("PRAGMA synchronous"), Is.EqualTo(1), "NORMAL");
        Assert.That(connection.ExecuteScalar<long>("PRAGMA foreign_keys"), Is.EqualTo(1));
        Assert.That(connection.ExecuteScalar<long>("PRAGMA query_only"), Is.EqualTo(readOnly ? 1 : 0));
        Assert.That(connection.DefaultTimeout, Is.EqualTo(seconds), "the driver's own loop waits as long as SQLite");
    }

    [Test]
    public void Pooled_connection_that_somebody_has_changed_is_right_again_when_it_is_opened_again()
    {
        var connections = Factory("tracker.db");
        using (var connection = connections.OpenReadOnly())
        {
            connection.Execute("PRAGMA busy_timeout = 0; PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA query_only = OFF");
        }

        using var again = connections.OpenReadOnly();

        Assert.That(again.ExecuteScalar<long>("PRAGMA busy_timeout"), Is.EqualTo(3000));
        Assert.That(again.ExecuteScalar<long>("PRAGMA foreign_keys"), Is.EqualTo(1));
        Assert.That(again.ExecuteScalar<long>("PRAGMA synchronous"), Is.EqualTo(1));
        Assert.That(() => again.Execute("DELETE FROM usage"), Throws.InstanceOf<SqliteException>());
    }

    [Test, Platform(Exclude = "Win")] // Which replaces no open file.
    public void Connection_beside_a_writer_does_not_write_an_old_log_into_a_new_file()
    {
        var (old, replacement) = (Factory("tracker.db"), Factory("other.db"));
        using (var other = replacement.Open())
        {
            other.Execute("INSERT INTO setting (name, value) VALUES ('whose', 'the new one')");
        }

        using var writer = old.Open();
        writer.Execute("INSERT INTO setting (name, value) VALUES ('whose', 'the old one')"); // It is in the log.
        File.Move(_folder.File("other.db"), _folder.File("tracker.db"), overwrite: true);

        old.OpenBesideWriter().Dispose();

        Assert.That(new FileInfo(_folder.File("tracker.db-wal")).Length, Is.Positive);
        File.Delete(_folder.File("tracker.db-wal"));
        File.Delete(_folder.File("tracker.db-shm"));
        using var reader = Factory("tracker.db").OpenReadOnly();
        Assert.That(reader.ExecuteScalar<string>("SELECT value FROM setting WHERE name = 'whose'"), Is.EqualTo("the new one"));
    }

    [Test]
    public void Path_is_resolved_when_a_connection_is_opened()
    {
        var options = new FixedOptions<StorageOptions>(new StorageOptions { DatabasePath = _folder.File("first.db") });
        var connections = new TrackerConnectionFactory(options);
        using (var first = connections.Open())
        {
            Assert.That(first.DataSource, Is.EqualTo(_folder.File("first.db")));
        }

        options.CurrentValue = new StorageOptions { DatabasePath = _folder.File("second.db") };
        using var second = connections.Open();

        Assert.That(second.DataSource, Is.EqualTo(_folder.File("second.db")));
        Assert.That(second.ExecuteScalar<long>("SELECT count(*) FROM usage"), Is.Zero, "it has the schema");
    }

    [Test]
    public void Folder_that_does_not_exist_is_made_and_everything_is_readable_by_its_owner_only()
    {
        using var connection = Factory("a/b/tracker.db").Open();
        connection.Execute("INSERT INTO setting (name, value) VALUES ('x', 'y')");

        Assert.That(File.Exists(_folder.File("a/b/tracker.db-wal")));
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.That(File.GetUnixFileMode(_folder.File("a/b")), Is.EqualTo(ownerOnly | UnixFileMode.UserExecute));
            foreach (var suffix in new[] { "", "-wal", "-shm" })
            {
                Assert.That(File.GetUnixFileMode(_folder.File("a/b/tracker.db" + suffix)), Is.EqualTo(ownerOnly), suffix);
            }
        }
    }

    [Test]
    public void Blocked_writer_waits_for_the_busy_timeout_and_not_ten_times_as_long()
    {
        var connections = Factory("tracker.db", TimeSpan.FromSeconds(1));
        using var holder = connections.Open();
        using var held = holder.BeginTransaction();
        using var writer = new UsageWriter(connections, PriceBooks.Embedded);
        var started = Stopwatch.GetTimestamp();

        Assert.That(() => writer.Write([Some.Usage()]), Throws.InstanceOf<SqliteException>().With.Property("SqliteErrorCode").EqualTo(5));

        Assert.That(Stopwatch.GetElapsedTime(started).TotalSeconds, Is.InRange(0.9, 5.0));
    }

    [Test, CancelAfter(60_000)]
    public async Task Blocked_writer_goes_on_when_the_lock_is_released(CancellationToken cancellationToken)
    {
        var connections = Factory("tracker.db", TimeSpan.FromSeconds(60));
        using var holder = connections.Open();
        using var held = holder.BeginTransaction();
        using var writer = new UsageWriter(connections, PriceBooks.Embedded);
        var begins = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var writing = Task.Run(
            () =>
            {
                begins.SetResult();
                writer.Write([Some.Usage()]);
            },
            cancellationToken);
        await begins.Task.WaitAsync(cancellationToken);
        await Task.Delay(300, cancellationToken); // In which it finds the database locked. Should it not have come so far, the test says less, and passes.
        Assert.That(writing.IsCompleted, Is.False);
        held.Commit();

        Assert.That(() => writing, Throws.Nothing);
        Assert.That(holder.ExecuteScalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1));
    }

    [TestCase("3.51.2")]
    [TestCase("3.46.1")]
    public void Old_SQLite_is_refused(string version) =>
        Assert.That(() => TrackerConnectionFactory.RequireSafeSqlite(version), Throws.InstanceOf<StorageException>().With.Message.Contains(version));

    [Test]
    public void SQLite_in_use_is_safe() => Assert.That(() => TrackerConnectionFactory.RequireSafeSqlite(new SqliteConnection().ServerVersion), Throws.Nothing);

    [Test]
    public void File_that_is_no_database_is_left_as_it_is()
    {
        var text = new string('x', 5000);
        File.WriteAllText(_folder.File("tracker.db"), text);

        Assert.That(() => Factory("tracker.db").Open(), Throws.InstanceOf<SqliteException>().With.Message.Contains("not a database"));
        Assert.That(File.ReadAllText(_folder.File("tracker.db")), Is.EqualTo(text));
    }

    [Test]
    public void Database_that_was_deleted_is_made_again_by_the_next_connection()
    {
        var connections = Factory("tracker.db");
        connections.Open().Dispose();
        File.Delete(_folder.File("tracker.db"));

        using var connection = connections.Open();

        Assert.That(connection.ExecuteScalar<long>("SELECT count(*) FROM usage"), Is.Zero);
    }

    [Test]
    public void Copy_that_has_taken_the_databases_place_is_accepted([Values] bool readOnly)
    {
        var connections = Factory("tracker.db");
        using (var connection = connections.Open())
        {
            connection.Execute("INSERT INTO setting (name, value) VALUES ('x', 'y'); VACUUM INTO @copy", new { copy = _folder.File("copy.db") }); // Which is not in WAL mode.
        }

        File.Move(_folder.File("copy.db"), _folder.File("tracker.db"), overwrite: true);
        using var again = readOnly ? connections.OpenReadOnly() : connections.Open();

        Assert.That(again.ExecuteScalar<string>("PRAGMA journal_mode"), Is.EqualTo("wal"));
        Assert.That(again.ExecuteScalar<string>("SELECT value FROM setting WHERE name = 'x'"), Is.EqualTo("y"));
    }

    [Test]
    public void Database_of_another_program_is_refused_and_left_as_it_is([Values(0, 3)] int version)
    {
        var path = _folder.File("tracker.db");
        using (var foreign = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            foreign.Open();
            foreign.Execute($"CREATE TABLE session (x); PRAGMA user_version = {version}");
        }

        var bytes = File.ReadAllBytes(path);

        Assert.That(() => Factory("tracker.db").Open(), Throws.InstanceOf<UnusableDatabaseException>().With.Message.Contains("is a database of another program").And.Message.Contains(path));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(bytes));
        Assert.That(Directory.GetFiles(_folder.Path), Is.EqualTo(new[] { path }), "no log, no copy");
    }

    [Test]
    public void Importers_connection_comes_from_the_factory()
    {
        var options = new FixedOptions<StorageOptions>(new StorageOptions { DatabasePath = _folder.File("here.db") });
        using var writer = new ImportWriter(new TrackerConnectionFactory(options), PriceBooks.Embedded, TimeProvider.System);

        writer.SetLastImport(Some.Time);

        Assert.That(new ImportStatus(new TrackerConnectionFactory(options)).ReadLastImport(), Is.EqualTo(Some.Time));
    }

    private TrackerConnectionFactory Factory(string name, TimeSpan? busyTimeout = null) =>
        new(new FixedOptions<StorageOptions>(new StorageOptions { DatabasePath = _folder.File(name), BusyTimeout = busyTimeout ?? TimeSpan.FromSeconds(3) }));
}
