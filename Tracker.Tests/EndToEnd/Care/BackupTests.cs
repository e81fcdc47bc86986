using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Care;

/// <summary><c>tracker-importer backup</c> and <c>vacuum</c>, beside a running proxy and alone.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(180_000)]
    public async Task Copies_made_while_a_proxy_writes_are_each_the_database_of_one_moment(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
        using var copies = new TempDirectory();
        var isEnough = false;
        var calling = calls.CallUntilAsync(proxy.Address, () => Volatile.Read(ref isEnough), cancellationToken, clients: 2);
        await proxy.WaitForStoredAsync(100, cancellationToken);

        for (var i = 0; i < 3; i++)
        {
            Assert.That((await ImporterRun.OfAsync(_database, cancellationToken, "backup", copies.File($"{i}.db"))).ExitCode, Is.Zero);
        }

        Volatile.Write(ref isEnough, true);
        await calling;
        await proxy.WaitForAllStoredAsync(cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);

        Assert.That(calls.Failed, Is.Zero);
        var all = _database.Rows().ToHashSet();
        var before = 0;
        for (var i = 0; i < 3; i++)
        {
            var rows = RowsOf(copies.File($"{i}.db"));
            Assert.That(rows.Where(row => !all.Contains(row)), Is.Empty, "a call of the proxy's never changes");
            Assert.That(rows, Has.Count.GreaterThanOrEqualTo(Math.Max(1, before)));
            before = rows.Count;
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Copy_is_its_owners_alone_has_nothing_beside_it_and_is_told(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage(), Some.Usage());

        var run = await ImporterRun.OfAsync(_database, cancellationToken, "backup", "--json");

        var file = run.Json.GetProperty("file").GetString()!;
        Assert.That((run.ExitCode, run.Json.GetProperty("calls").GetInt64(), run.Json.GetProperty("bytes").GetInt64()), Is.EqualTo((0, 2, new FileInfo(file).Length)));
        Assert.That(Directory.GetFiles(Path.Combine(_database.Folder, "backups")), Is.EqualTo([file]));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task File_that_is_there_is_replaced_with_force_only_and_the_database_itself_never(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage());
        var target = Path.Combine(_database.Folder, "copy.db");
        await File.WriteAllTextAsync(target, "precious", cancellationToken);

        var refused = await ImporterRun.OfAsync(_database, cancellationToken, "backup", target);
        var itself = await ImporterRun.OfAsync(_database, cancellationToken, "backup", _database.Path, "--force");
        var precious = await File.ReadAllTextAsync(target, cancellationToken);
        var replaced = await ImporterRun.OfAsync(_database, cancellationToken, "backup", target, "--force");

        Assert.That((refused.ExitCode, itself.ExitCode, replaced.ExitCode), Is.EqualTo((1, 1, 0)));
        Assert.That(refused.Errors, Does.Contain($"{target} is there already").And.Contain("--force"));
        Assert.That(precious, Is.EqualTo("precious"));
        Assert.That(RowsOf(target), Is.EqualTo(_database.Rows()));
    }

    [Test, CancelAfter(60_000)]
    public async Task Damaged_database_gives_no_copy_that_looks_like_one([Values("backup", "export")] string command, CancellationToken cancellationToken)
    {
        _database.Write([.. Enumerable.Range(0, 2000).Select(_ => Some.Usage())]);
        SqliteConnection.ClearAllPools();
        await DamagedFile.OverwriteAsync(_database.Path, at: 20 * 4096, length: 8 * 4096, cancellationToken);
        var target = Path.Combine(_database.Folder, "copy.db");

        var run = await ImporterRun.OfAsync(_database, cancellationToken, command, target);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Errors, Does.Contain(command == "backup" ? "could not be made" : "doctor"));
        Assert.That(Directory.GetFiles(_database.Folder, "copy*"), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task Disk_without_room_is_told_and_nothing_is_left(CancellationToken cancellationToken)
    {
        using var disk = SmallDisk.Mount(megabytes: 1);
        _database.Write([.. Enumerable.Range(0, 5000).Select(_ => Some.Usage())]);

        var run = await ImporterRun.OfAsync(_database, cancellationToken, "backup", Path.Combine(disk.Path, "copy.db"));

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Errors, Does.Contain("bytes are needed"));
        Assert.That(Directory.GetFiles(disk.Path), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task Database_of_another_program_is_told_and_not_copied(CancellationToken cancellationToken)
    {
        using (var connection = new SqliteConnection($"Data Source={_database.Path};Pooling=False"))
        {
            connection.Open();
            connection.Execute("CREATE TABLE usage (x); CREATE TABLE other (y)");
        }

        var run = await ImporterRun.OfAsync(_database, cancellationToken, "backup", Path.Combine(_database.Folder, "copy.db"));

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((1, "")));
        Assert.That(run.Errors, Does.StartWith($"tracker-importer: {_database.Path} is a database of another program."));
        Assert.That(File.Exists(Path.Combine(_database.Folder, "copy.db")), Is.False);
    }

    [Test, CancelAfter(60_000)]
    public async Task Commands_make_no_database_where_there_is_none([Values("backup", "vacuum", "export", "reprice", "reprice --dry-run")] string command, CancellationToken cancellationToken)
    {
        var run = await ImporterRun.OfAsync(_database, cancellationToken, command.Split(' '));

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Errors, Does.Contain($"There is no database {_database.Path} yet"));
        Assert.That(Directory.GetFileSystemEntries(_database.Folder), Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public async Task Vacuum_gives_room_back_also_beside_a_proxy(CancellationToken cancellationToken)
    {
        _database.Write([.. Enumerable.Range(0, 20_000).Select(_ => Some.Usage())]);
        _database.Execute("DELETE FROM usage WHERE id > 100");
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
        await calls.CallTimesAsync(proxy.Address, 10, cancellationToken);

        var run = await ImporterRun.OfAsync(_database, cancellationToken, "vacuum", "--json");

        await calls.CallTimesAsync(proxy.Address, 10, cancellationToken);
        await proxy.WaitForAllStoredAsync(cancellationToken);
        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(run.Json.GetProperty("bytes_freed").GetInt64(), Is.GreaterThan(1_000_000));
        Assert.That(run.Json.GetProperty("bytes_before").GetInt64() - run.Json.GetProperty("bytes_after").GetInt64(), Is.EqualTo(run.Json.GetProperty("bytes_freed").GetInt64()));
        Assert.That(calls.Failed, Is.Zero);
        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(60_000)]
    public async Task Vacuum_without_room_for_its_temporary_file_and_its_log_is_refused_before_anything_is_written(CancellationToken cancellationToken)
    {
        using var disk = SmallDisk.Mount(megabytes: 32);
        var database = new TestDatabase(disk.Path);
        database.Execute("CREATE TABLE filler (x); INSERT INTO filler VALUES (randomblob(8000000))");
        disk.FillBut(12_000_000);
        var written = File.GetLastWriteTimeUtc(database.Path);

        var run = await ImporterRun.OfAsync(database, new Dictionary<string, string> { ["SQLITE_TMPDIR"] = disk.Path }, cancellationToken, "vacuum");

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Errors, Does.Contain("bytes are needed on the disk of").And.Contain(disk.Path));
        Assert.That(File.GetLastWriteTimeUtc(database.Path), Is.EqualTo(written));
    }

    [Test, CancelAfter(120_000)]
    public async Task Vacuum_of_a_large_database_is_not_done_beside_a_proxy_unless_told(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage());
        _database.Execute("CREATE TABLE filler (x BLOB); INSERT INTO filler VALUES (zeroblob(300000000));");
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:1"), cancellationToken);

        var refused = await ImporterRun.OfAsync(_database, cancellationToken, "vacuum");
        _database.Execute("DROP TABLE filler");
        var forced = await ImporterRun.OfAsync(_database, cancellationToken, "vacuum", "--force");

        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(refused.Errors, Does.Contain("A proxy is running").And.Match("[ (]300\\.[0-9] MB").And.Contain("--force"));
        Assert.That(forced.ExitCode, Is.Zero);
        Assert.That(new FileInfo(_database.Path).Length, Is.LessThan(10_000_000));
    }

    private static IReadOnlyList<string> RowsOf(string copy)
    {
        using var folder = new TempDirectory();
        var database = new TestDatabase(folder.Path);
        File.Copy(copy, database.Path);
        Assert.That(database.Scalar<string>("PRAGMA integrity_check"), Is.EqualTo("ok"));
        return database.Rows();
    }
}
