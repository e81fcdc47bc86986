using System.Text.Json;
using Tracker.Importer.Importing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Sources;

/// <summary>What opencode 1.18.33 wrote, beside the ledger of what it was served, and what can happen to its database.</summary>
public sealed class OpencodeDatabaseTests
{
    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "opencode").With("opencode", "1.18.33", "home");

    [TearDown]
    public void TearDown() => _database.Dispose();

    private string Path => _home.FilePath(".local/share/opencode/opencode.db");

    [Test]
    public void Import_gives_the_ledgers_counts_for_every_call_in_the_log()
    {
        var report = _home.Import();

        // The titles and the attempts that failed are not in the log; the fresh input names the request.
        var ledger = ReadLedger();
        var rows = _database.Query("SELECT * FROM usage");
        Assert.That((report.Files, report.Records, rows.Count, report.Trouble.Count), Is.EqualTo((1, 17L, 17, 0)));
        foreach (var row in rows)
        {
            var call = ledger[(long)row["input_tokens"]!];
            var tokens = call.GetProperty("tokens");
            Assert.That(
                (row["cache_read_tokens"], row["cache_creation_5m_tokens"], row["output_tokens"], row["reasoning_tokens"]),
                Is.EqualTo((Count("cache_read"), (object)(tokens.GetProperty("cache_write_5m").GetInt64() + tokens.GetProperty("cache_write_1h").GetInt64()), Count("output"), Count("reasoning"))));
            Assert.That(row["request_model"], Does.StartWith(call.GetProperty("requested_model").GetString()!), "the fake upstream takes its orders behind the name");
            Assert.That((row["quality"], row["outcome"], row["evidence"], row["client"], row["project"]), Is.EqualTo((2L, "completed", 2L, "opencode", "/home/dev/project")));

            object Count(string name) => tokens.GetProperty(name).GetInt64();
        }

        var expected = ledger.Values.Where(call => call.GetProperty("outcome").GetString() == "complete").Select(call => call.GetProperty("n").GetInt32()).Except([1, 6, 10, 14, 21, 22, 23, 24, 25, 26, 27, 30]);
        Assert.That(rows.Select(row => ledger[(long)row["input_tokens"]!].GetProperty("n").GetInt32()), Is.EquivalentTo(expected));
    }

    [Test]
    public void Sessions_sub_agents_tools_and_costs_are_kept()
    {
        _home.Import();

        Assert.That(
            _database.Scalar<string>("SELECT usage_key || ' ' || session_id || ' ' || coalesce(agent_id, '-') || ' ' || provider || ' ' || client_cost_nano_usd || ' ' || stop_reason FROM usage WHERE input_tokens = 1007"),
            Is.EqualTo("opencode:msg_209838127001jPZGMNvzfVX4gR ses_df67c82f9ffeCASuH59y5aOYIQ - anthropic 28025700 tool-calls"));
        Assert.That(
            _database.Query("SELECT DISTINCT session_id, agent_id, parent_agent_id FROM usage WHERE parent_agent_id IS NOT NULL").Single().Values,
            Is.EqualTo(new[] { "ses_df67c3841ffeGeX4x5Avz0O06A", "ses_df67c3841ffeGeX4x5Avz0O06A", "ses_df67c4930ffeEsguw8NKP2Vpnd" }));
        Assert.That(
            _database.Query("SELECT tool_use_id, name FROM tool_call JOIN usage ON usage.id = usage_id WHERE input_tokens = 1003 ORDER BY tool_use_id").Select(row => $"{row["tool_use_id"]} {row["name"]}"),
            Is.EqualTo(new[] { "call_FAKE00000000000000000030 read", "call_FAKE00000000000000000031 bash" }));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE client_cost_nano_usd = 0"), Is.Zero, "a cost of 0 is that of a model whose price opencode does not know");
    }

    [Test]
    public void Second_pass_opens_nothing_and_one_over_a_touched_file_adds_nothing()
    {
        _home.Import();
        var rows = _database.Rows();

        var second = _home.Import();
        File.SetLastWriteTimeUtc(Path, File.GetLastWriteTimeUtc(Path).AddSeconds(1));
        var third = _home.Import();

        Assert.That((second.FilesRead, third.FilesRead, third.RowsAdded), Is.EqualTo((0, 1, 0L)));
        Assert.That(_database.Rows(), Is.EqualTo(rows));
    }

    [Test]
    public void Only_messages_that_are_new_or_young_are_read_again()
    {
        _home.Import();
        Change("INSERT INTO message SELECT 'msg_new', session_id, time_created, time_updated + 3600000, replace(data, '\"input\":1007', '\"input\":77') FROM message WHERE id = 'msg_209838127001jPZGMNvzfVX4gR'");

        var second = _home.Import();
        Change("UPDATE message SET time_updated = time_updated + 1, data = replace(data, '\"input\":77', '\"input\":78') WHERE id = 'msg_new'");
        var third = _home.Import();

        // All messages of the fixture are of two minutes, so the first state covers none of them; the second all but the new one.
        Assert.That((second.Records, second.RowsAdded, third.Records, third.RowsAdded), Is.EqualTo((18L, 1L, 1L, 0L)));
    }

    [Test]
    public void Mark_of_several_readings_is_that_of_one()
    {
        const string State = "SELECT state FROM import_cursor";
        foreach (var minutes in (int[])[5, 60, 61, 600])
        {
            _home.Import();
            Change($"INSERT INTO message SELECT 'msg_{minutes}', session_id, time_created, time_updated + {minutes} * 60000, data FROM message WHERE id = 'msg_209838127001jPZGMNvzfVX4gR'");
        }

        _home.Import();
        var inPieces = _database.Scalar<string>(State);
        _database.Execute("DELETE FROM import_cursor");
        _home.Import();

        Assert.That(inPieces, Is.EqualTo(_database.Scalar<string>(State)));
    }

    [Test]
    public void Change_that_the_clock_hides_is_found()
    {
        _home.Import();
        Change("INSERT INTO message SELECT 'msg_young', session_id, time_created, time_updated + 3600000, data FROM message WHERE id = 'msg_209838127001jPZGMNvzfVX4gR'");
        _home.Import();
        // The clock was set back by a day when this was written.
        Change("INSERT INTO message SELECT 'msg_late', session_id, time_created, time_updated - 86400000, data FROM message WHERE id = 'msg_209838127001jPZGMNvzfVX4gR'");

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(1));
    }

    [Test]
    public void Message_without_tokens_is_no_call_until_it_has_them()
    {
        _home.Import();
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE usage_key = 'opencode:msg_20983e434001nDjg8ki206GCN7'"), Is.Zero);
        Change("UPDATE message SET time_updated = time_updated + 5, data = json_set(data, '$.tokens', json('{\"total\":30,\"input\":5,\"output\":20,\"reasoning\":5,\"cache\":{\"read\":0,\"write\":0}}')) WHERE id = 'msg_20983e434001nDjg8ki206GCN7'");

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(1));
        Assert.That(_database.Scalar<long>("SELECT output_tokens FROM usage WHERE usage_key = 'opencode:msg_20983e434001nDjg8ki206GCN7'"), Is.EqualTo(25));
    }

    [Test]
    public void Rows_of_deleted_sessions_stay()
    {
        _home.Import();
        Change("DELETE FROM part; DELETE FROM message; DELETE FROM session");

        Assert.That(_home.Import().Trouble, Is.Empty);
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(17));
    }

    [Test]
    public void What_a_running_opencode_has_written_to_its_log_is_read_and_nothing_is_left_behind()
    {
        var opencode = OpenAsOpencode();
        opencode.Do("PRAGMA wal_autocheckpoint = 0; UPDATE message SET data = replace(data, '\"output\":323', '\"output\":324') WHERE id = 'msg_209838127001jPZGMNvzfVX4gR'");
        var files = Files();

        var report = _home.Import();

        Assert.That(report.Trouble, Is.Empty);
        Assert.That(_database.Scalar<long>("SELECT output_tokens FROM usage WHERE input_tokens = 1007"), Is.EqualTo(324 + 54));
        Assert.That(Files(), Is.EqualTo(files), "no byte of its files was changed");
        // And it goes on, to the end, as if nobody had looked.
        opencode.Do("PRAGMA wal_checkpoint(TRUNCATE); UPDATE session SET title = title || '.'");
        opencode.Dispose();
        Assert.That(Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!), Is.EqualTo(new[] { Path }));
    }

    [Test]
    public void Running_opencode_may_write_at_any_moment_of_an_import()
    {
        using var opencode = OpenAsOpencode();
        using var end = new CancellationTokenSource();
        var writing = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                opencode.Do("UPDATE message SET time_updated = time_updated + 1; PRAGMA wal_checkpoint(TRUNCATE)");
            }
        });

        for (var pass = 0; pass < 20; pass++)
        {
            _home.Import();
        }

        end.Cancel();
        writing.Wait();
        _home.Import();
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(17));
        Assert.That(_database.Scalar<long>("SELECT sum(output_tokens) FROM usage"), Is.EqualTo(7410));
    }

    [Test]
    public void Copy_of_a_database_in_WAL_mode_is_read_and_nothing_is_left_beside_it()
    {
        OpenAsOpencode().Dispose();
        Assert.That(File.Exists(Path + "-wal"), Is.False);

        var report = _home.Import();

        Assert.That((report.RowsAdded, report.Trouble.Count), Is.EqualTo((17L, 0)));
        Assert.That(Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!), Is.EqualTo(new[] { Path }));
    }

    [Test]
    public void Folder_that_cannot_be_written_is_read([Values] bool isRunning)
    {
        Assume.That(OperatingSystem.IsWindows(), Is.False);
        var opencode = OpenAsOpencode();
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        if (!isRunning)
        {
            opencode.Dispose();
        }

#pragma warning disable CA1416 // Not on Windows.
        var mode = File.GetUnixFileMode(folder);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var report = _home.Import();
        File.SetUnixFileMode(folder, mode);
#pragma warning restore CA1416

        Assert.That((report.RowsAdded, report.Trouble.Count), Is.EqualTo((17L, 0)));
        if (isRunning)
        {
            opencode.Dispose();
        }
    }

    [Test]
    public void Database_behind_a_link_is_read_with_the_log_beside_the_database()
    {
        var target = System.IO.Path.Combine(Directory.CreateDirectory(_home.FilePath("elsewhere")).FullName, "kept.db");
        File.Move(Path, target);
        File.CreateSymbolicLink(Path, target);
        using var opencode = new OtherProgram(target, "PRAGMA journal_mode = WAL; UPDATE session SET title = title || '.'; PRAGMA wal_checkpoint(TRUNCATE)");
        var before = _home.Import();
        opencode.Do("PRAGMA wal_autocheckpoint = 0; INSERT INTO message SELECT 'msg_new', session_id, time_created, time_updated + 1, data FROM message WHERE id = 'msg_209838127001jPZGMNvzfVX4gR'");

        var after = _home.Import();

        Assert.That((before.RowsAdded, before.Trouble.Count), Is.EqualTo((17L, 0)));
        Assert.That((after.FilesRead, after.RowsAdded, after.Trouble.Count), Is.EqualTo((1, 1L, 0)));
    }

    [Test, Platform(Exclude = "Win")]
    public void Database_behind_a_relative_link_in_a_folder_that_is_a_link_is_read()
    {
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        Directory.CreateDirectory(_home.FilePath("dot/deep"));
        Directory.Move(folder, _home.FilePath("dot/deep/opencode"));
        Directory.CreateSymbolicLink(folder, _home.FilePath("dot/deep/opencode"));
        File.Move(Path, _home.FilePath("dot/deep/kept.db"));
        File.CreateSymbolicLink(Path, "../kept.db");

        var report = _home.Import();

        Assert.That((report.RowsAdded, report.Trouble.Count), Is.EqualTo((17L, 0)));
    }

    [Test]
    public void Copy_without_the_index_of_its_log_is_told_and_read_when_it_is_whole()
    {
        var opencode = OpenAsOpencode();
        var copy = Directory.CreateDirectory(_home.FilePath("copy")).FullName;
        foreach (var suffix in new[] { "", "-wal", "-shm" })
        {
            File.Copy(Path + suffix, System.IO.Path.Combine(copy, "opencode.db" + suffix));
        }

        opencode.Dispose();
        File.Delete(Path);
        File.Move(System.IO.Path.Combine(copy, "opencode.db"), Path);
        File.Move(System.IO.Path.Combine(copy, "opencode.db-wal"), Path + "-wal");
        var withoutIndex = _home.Import();
        File.Move(System.IO.Path.Combine(copy, "opencode.db-shm"), Path + "-shm");
        var whole = _home.Import();

        Assert.That((withoutIndex.RowsAdded, withoutIndex.Trouble.Single().Reason), Is.EqualTo((0L, "has a log (-wal) whose index (-shm) is missing; start the program it belongs to once, or copy all three files")));
        Assert.That((whole.RowsAdded, whole.Trouble.Count), Is.EqualTo((17L, 0)));
    }

    [Test]
    public void Locked_database_is_told_and_read_in_the_next_pass()
    {
        using (new OtherProgram(Path, "BEGIN EXCLUSIVE; UPDATE session SET title = title || '.'"))
        {
            Assert.That(_home.Import().Trouble.Single(), Is.EqualTo(new Trouble(Path, null, "is locked by the program it belongs to")));
        }

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(17));
    }

    [Test]
    public void Damaged_database_is_told_and_stops_nothing()
    {
        var bytes = File.ReadAllBytes(Path);
        Array.Fill(bytes, (byte)0x5A, 4096, bytes.Length - 4096);
        File.WriteAllBytes(Path, bytes);

        Assert.That(_home.Import().Trouble.Single().Reason, Does.StartWith("is damaged"));
    }

    [TestCase("no database at all, but a text that is longer than a header")]
    [TestCase("short")]
    [TestCase("")]
    public void File_that_is_no_database_is_told(string text)
    {
        File.WriteAllText(Path, text);

        Assert.That(_home.Import().Trouble.Single().Reason, Is.EqualTo("is not an SQLite database, or an encrypted one"));
    }

    [Test]
    public void Database_with_other_tables_is_told()
    {
        Change("DROP TABLE part; DROP TABLE message");

        Assert.That(_home.Import().Trouble.Single().Reason, Does.StartWith("has not the tables that are known here").And.Contain("message"));
    }

    [Test]
    public void Damaged_message_is_told_and_the_others_are_read()
    {
        Change("UPDATE message SET data = substr(data, 1, 200) WHERE id = 'msg_209838127001jPZGMNvzfVX4gR'; UPDATE part SET data = '{\"type\":\"tool' WHERE message_id = 'msg_209838847001vPzFF6EgVn0c27'");

        var report = _home.Import();

        Assert.That((report.RowsAdded, report.Trouble.Single().Reason), Is.EqualTo((16L, "holds a message that is not valid JSON; the others are read")));
    }

    [Test]
    public void Damaged_message_is_told_for_as_long_as_it_is_there_and_makes_no_work()
    {
        Change("UPDATE message SET data = json_remove(data, '$.time.created') WHERE id = 'msg_209838127001jPZGMNvzfVX4gR'");
        // All but this are old enough to be read no more.
        Change("INSERT INTO message SELECT 'msg_new', session_id, time_created, time_updated + 3600000, data FROM message WHERE id = 'msg_209838847001vPzFF6EgVn0c27'");
        var first = _home.Import();
        var cursor = Cursor();
        Change("UPDATE session SET title = title || '.'");

        var second = _home.Import();

        Assert.That((first.RowsAdded, first.MalformedLines, first.Trouble.Count), Is.EqualTo((17L, 1L, 1)));
        Assert.That((second.Records, second.MalformedLines, second.Trouble.Count), Is.EqualTo((1L, 0L, 0)));
        Assert.That(cursor, Is.EqualTo(new object[] { 17L, 1L, "holds a message that has no id or no valid time; the others are read" }));
        Assert.That(Cursor(), Is.EqualTo(cursor));

        Change("UPDATE message SET data = json_set(data, '$.time.created', time_created), time_updated = time_updated + 1 WHERE id = 'msg_209838127001jPZGMNvzfVX4gR'");
        _home.Import();

        Assert.That(Cursor(), Is.EqualTo(new object?[] { 18L, 0L, null }));

        ICollection<object?> Cursor() => _database.Query("SELECT record_count, malformed_count, trouble FROM import_cursor").Single().Values;
    }

    [Test]
    public void Messages_that_are_read_again_are_counted_once()
    {
        for (var pass = 0; pass < 3; pass++)
        {
            _home.Import();
            Change("UPDATE session SET title = title || '.'");
        }

        Assert.That(_database.Scalar<long>("SELECT record_count FROM import_cursor"), Is.EqualTo(17));
    }

    [Test]
    public void State_of_an_earlier_version_is_put_right()
    {
        _home.Import();
        _database.Execute("UPDATE import_cursor SET record_count = 51, state = '1795455000000 0 0'");
        Change("UPDATE session SET title = title || '.'");

        _home.Import();

        Assert.That(_database.Scalar<long>("SELECT record_count FROM import_cursor"), Is.EqualTo(17));
    }

    [Test]
    public void Database_that_a_setting_names_is_read_whatever_its_name()
    {
        var copy = System.IO.Path.Combine(Directory.CreateDirectory(_home.FilePath("odd # name? 100%é")).FullName, "old.db");
        File.Move(Path, copy);
        var home = new LogHome(_database, "opencode", ("Importer:Roots:opencode:0", copy));

        Assert.That(home.Import().RowsAdded, Is.EqualTo(17));
    }

    [Test]
    public void Database_of_another_release_channel_is_read()
    {
        File.Move(Path, Path.Replace("opencode.db", "opencode-dev.db", StringComparison.Ordinal));

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(17));
    }

    private static Dictionary<long, JsonElement> ReadLedger() => File.ReadLines(TestData.Path("opencode", "1.18.33", "ledger.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(call => call.GetProperty("outcome").GetString() != "error")
        .ToDictionary(call => call.GetProperty("tokens").GetProperty("input").GetInt64());

    private void Change(string sql) => OpencodeFixture.Change(Path, sql);

    // As opencode has it: in WAL mode, for as long as it runs.
    private OtherProgram OpenAsOpencode() => new(Path, "PRAGMA journal_mode = WAL; UPDATE session SET title = title || '.'");

    private Dictionary<string, string> Files() => Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(Path)!)
        .ToDictionary(file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(ReadShared(file))));

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
