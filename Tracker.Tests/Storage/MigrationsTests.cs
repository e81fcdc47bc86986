using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Schema;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class MigrationsTests
{
    private readonly TempDirectory _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Many_first_openings_at_the_same_moment_make_one_database()
    {
        // Threads of one process with a factory each; two processes are in FirstStartTests.
        for (var round = 0; round < 10; round++)
        {
            var path = _folder.File($"{round}/tracker.db");
            using var start = new ManualResetEventSlim();
            var opening = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
            {
                start.Wait();
                using var connection = Factory(path).Open();
                return connection.ExecuteScalar<long>("PRAGMA user_version");
            }, TaskCreationOptions.LongRunning)).ToArray();
            start.Set();

            Assert.That(Task.WhenAll(opening).GetAwaiter().GetResult(), Is.All.EqualTo(Migrations.NewestVersion));
        }
    }

    [Test]
    public void Database_of_a_newer_version_is_refused_and_left_alone()
    {
        var path = _folder.File("tracker.db");
        using (var connection = Factory(path).Open())
        {
            connection.Execute($"PRAGMA user_version = {Migrations.NewestVersion + 1}; PRAGMA wal_checkpoint(TRUNCATE);");
        }

        var bytes = File.ReadAllBytes(path);

        Assert.That(() => Factory(path).Open(), Throws.InstanceOf<StorageException>().With.Message.Contains("made by a newer Tracker").And.Message.Contains(path));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(bytes));
    }

    [Test]
    public void Database_with_an_older_schema_is_copied_before_it_is_migrated()
    {
        var path = _folder.File("tracker.db");
        using var connection = Factory(path).Open();
        connection.Execute("CREATE TABLE kept (word TEXT); INSERT INTO kept VALUES ('before')"); // in the log, not in the file

        Migrations.Apply(connection, path, () => Factory(path).Open(), Newer("UPDATE kept SET word = 'after'"));
        Migrations.Apply(connection, path, () => throw new InvalidOperationException("once is enough"), Newer("UPDATE kept SET word = 'twice'"));

        var copy = DatabaseBackup.PathOf(path, Migrations.NewestVersion);
        using var old = Factory(copy).OpenReadOnly();
        Assert.That(connection.ExecuteScalar<string>("SELECT word FROM kept"), Is.EqualTo("after"));
        Assert.That(connection.ExecuteScalar<long>("PRAGMA user_version"), Is.EqualTo(Migrations.NewestVersion + 1));
        Assert.That(old.ExecuteScalar<string>("SELECT word FROM kept"), Is.EqualTo("before"));
        Assert.That(old.ExecuteScalar<long>("PRAGMA user_version"), Is.EqualTo(Migrations.NewestVersion));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(copy), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public void Migration_that_cannot_be_copied_or_fails_leaves_the_database_as_it_was()
    {
        var path = _folder.File("tracker.db");
        using var connection = Factory(path).Open();
        Directory.CreateDirectory(DatabaseBackup.PathOf(path, Migrations.NewestVersion)); // in the way

        Assert.That(() => Migrations.Apply(connection, path, () => Factory(path).Open(), Newer("CREATE TABLE more (x)")),
            Throws.InstanceOf<StorageException>().With.Message.Contains("The database is as it was"));
        Directory.Delete(DatabaseBackup.PathOf(path, Migrations.NewestVersion));
        Assert.That(() => Migrations.Apply(connection, path, () => Factory(path).Open(), Newer("CREATE TABLE more (x); nonsense")), Throws.InstanceOf<SqliteException>());

        Assert.That(connection.ExecuteScalar<long>("PRAGMA user_version"), Is.EqualTo(Migrations.NewestVersion));
        Assert.That(connection.ExecuteScalar<long>("SELECT count(*) FROM sqlite_schema WHERE name = 'more'"), Is.Zero);
    }

    [Test]
    public void Only_the_newest_copy_stays_when_a_migration_has_succeeded()
    {
        var path = _folder.File("tracker.db");
        using var connection = Factory(path).Open();
        string[] strangers = [.. new[] { "tracker.db.schema-x.backup", "tracker.db.schema-3.backup.gz", "other.db.schema-3.backup" }.Select(_folder.File)];
        string[] earlier = [DatabaseBackup.PathOf(path, 3), DatabaseBackup.PathOf(path, Migrations.NewestVersion - 1)];
        foreach (var file in strangers.Concat(earlier))
        {
            File.WriteAllText(file, "x");
        }

        Assert.That(() => Migrations.Apply(connection, path, () => Factory(path).Open(), Newer("nonsense")), Throws.InstanceOf<SqliteException>());
        Assert.That(earlier, Is.All.Exist, "nothing was brought up to date");
        Migrations.Apply(connection, path, () => Factory(path).Open(), Newer("CREATE TABLE more (x)"));

        Assert.That(earlier, Has.None.Exist);
        Assert.That(strangers, Is.All.Exist);
        Assert.That(DatabaseBackup.Find(path).Select(copy => copy.Path), Is.EqualTo(new[] { DatabaseBackup.PathOf(path, Migrations.NewestVersion) }));
    }

    [Test]
    public void Migration_is_told_of_when_it_begins_and_when_it_has_ended_and_a_new_database_is_none()
    {
        var path = _folder.File("tracker.db");
        var told = new List<string>();
        var observer = new Observer(told);
        using var connection = new TrackerConnectionFactory(new FixedOptions<StorageOptions>(new StorageOptions { DatabasePath = path }), observer).Open();
        File.WriteAllText(DatabaseBackup.PathOf(path, 3), "x");

        Migrations.Apply(connection, path, () => Factory(path).Open(), Newer("CREATE TABLE more (x)"), observer);
        Migrations.Apply(connection, path, () => Factory(path).Open(), Newer("CREATE TABLE more (x)"), observer);

        Assert.That(told, Is.EqualTo(new[] { $"begins {Migrations.NewestVersion} -> {Migrations.NewestVersion + 1}", "ends, 1 removed" }));
    }

    [Test]
    public void Earlier_database_that_another_program_has_locked_says_what_it_waits_for()
    {
        var database = new TestDatabase(_folder.Path);
        using var other = database.MakeEarlier();
        using var transaction = other.BeginTransaction();
        var connections = new TrackerConnectionFactory(new FixedOptions<StorageOptions>(new StorageOptions { DatabasePath = database.Path, BusyTimeout = TimeSpan.FromSeconds(1) }));

        var failure = Assert.Throws<HeldUpMigrationException>(() => connections.Open());

        Assert.That(StorageFaults.IsLocked(failure!));
        Assert.That(failure!.Message, Does.Contain(database.Path).And.Contain($"has schema {Migrations.NewestVersion - 1} and has to be brought to {Migrations.NewestVersion}"));
    }

    [Test]
    public void Migration_without_room_for_the_copy_does_not_fill_the_disk()
    {
        using var disk = SmallDisk.Mount(megabytes: 8);
        var path = Path.Combine(disk.Path, "tracker.db");
        using var connection = Factory(path).Open();
        connection.Execute("CREATE TABLE filler (x); INSERT INTO filler VALUES (randomblob(3000000)); PRAGMA wal_checkpoint(TRUNCATE)");
        File.WriteAllBytes(Path.Combine(disk.Path, "other"), new byte[3_000_000]);
        var free = new DriveInfo(disk.Path).AvailableFreeSpace;

        Assert.That(() => Migrations.Apply(connection, path, () => Factory(path).Open(), Newer("CREATE TABLE more (x)")), Throws.InstanceOf<StorageException>().With.Message.Contains("are free"));

        Assert.That(new DriveInfo(disk.Path).AvailableFreeSpace, Is.GreaterThanOrEqualTo(free - 100_000));
        Assert.That(Directory.GetFiles(disk.Path, "*.part*"), Is.Empty);
    }

    [Test]
    public void Database_behind_a_symbolic_link_is_one_with_its_log_and_its_locks()
    {
        var target = _folder.File("real.db");
        File.WriteAllText(target, "");
        File.CreateSymbolicLink(_folder.File("tracker.db"), target);
        var connections = Factory(_folder.File("tracker.db"));

        using var connection = connections.Open();
        connection.Execute("CREATE TABLE something (x)");

        Assert.That(connections.DatabasePath, Is.EqualTo(target));
        Assert.That(connections.WalBytes, Is.Positive);
    }

    [Test]
    public void Columns_are_those_that_people_and_scripts_rely_on()
    {
        using var connection = Factory(_folder.File("tracker.db")).Open();
        string[] promised =
        [
            "usage_key", "occurred_at_ms", "provider", "client", "request_model", "response_model", "input_tokens", "output_tokens", "reasoning_tokens", "cache_read_tokens",
            "cache_creation_5m_tokens", "cache_creation_1h_tokens", "web_search_requests", "quality", "evidence", "outcome", "status_code", "stop_reason", "streamed", "duration_ms",
            "time_to_first_token_ms", "request_id", "session_id", "agent_id", "parent_agent_id", "project", "tool_call_count", "service_tier", "speed", "inference_geo", "auth_mode",
            "user_agent", "prompt_preview", "cost_nano_usd", "price_id", "client_cost_nano_usd",
        ];

        Assert.That(connection.Query<string>("SELECT name FROM pragma_table_info('usage')"), Is.SupersetOf(promised));
        Assert.That(connection.Query<string>("SELECT name FROM pragma_table_info('tool_call')"), Is.EquivalentTo(["usage_id", "tool_use_id", "name"]));
        Assert.That(connection.Query<string>("SELECT name FROM pragma_table_info('usage_alias')"), Is.EquivalentTo(["alias_key", "usage_id"]));
    }

    [Test]
    public void Storing_a_row_checks_its_outcome_without_a_table_made_for_the_check()
    {
        const string insert = "INSERT INTO usage (usage_key, occurred_at_ms, quality, evidence, outcome) VALUES ('test:1', 1, 3, 1, 'unheard of')";
        using var connection = Factory(_folder.File("tracker.db")).Open();

        var opcodes = connection.Query($"EXPLAIN {insert}").Select(row => (string)row.opcode).ToList();

        Assert.That(opcodes, Does.Contain("Insert").And.Not.Contain("OpenEphemeral"));
        Assert.That(() => connection.Execute(insert), Throws.InstanceOf<SqliteException>().With.Message.Contains("CHECK constraint failed: outcome"));
    }

    private static string[] Newer(string script) => [.. Enumerable.Repeat("", Migrations.NewestVersion), script];

    private static TrackerConnectionFactory Factory(string path) => new(new FixedOptions<StorageOptions>(new StorageOptions { DatabasePath = path }));

    private sealed class Observer(List<string> told) : IMigrationObserver
    {
        public void OnBegin(SchemaMigration migration)
        {
            Assert.That(File.Exists(migration.Copy), Is.False, "before the copy");
            told.Add($"begins {migration.From} -> {migration.To}");
        }

        public void OnEnd(SchemaMigration migration, int copiesRemoved)
        {
            Assert.That(migration.Copy, Does.Exist);
            told.Add($"ends, {copiesRemoved} removed");
        }
    }
}
