using System.Net.Sockets;
using System.Text;
using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Importer.Sources.ClaudeCode;
using Tracker.Importer.Sources.ClaudeDesktop;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>Files that grow, shrink, are replaced, are half written, broken or gone.</summary>
public sealed class IncrementalImportTests
{
    private readonly TestDatabase _database = new();
    private ClaudeHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new ClaudeHome(_database);

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Only_what_was_appended_is_read()
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1), ClaudeHome.Line(2));
        _home.Write("b.jsonl", ClaudeHome.Line(3));
        _home.Import();
        var appended = ClaudeHome.Line(4) + "\n";
        _home.Append("a.jsonl", appended);

        var second = _home.Import();

        Assert.That((second.FilesRead, second.BytesRead, second.Records, second.RowsAdded), Is.EqualTo((1, (long)appended.Length, 1L, 1L)));
        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1, 2, 3, 4]));
    }

    [Test]
    public void File_that_grew_within_a_tick_of_its_clock_is_read()
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1));
        var modifiedAt = File.GetLastWriteTimeUtc(_home.FilePath("a.jsonl"));
        _home.Import();
        _home.Append("a.jsonl", ClaudeHome.Line(2) + "\n");
        File.SetLastWriteTimeUtc(_home.FilePath("a.jsonl"), modifiedAt);

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(1));
    }

    [Test]
    public void Empty_text_in_a_log_hides_nothing_that_the_wire_knows([Values] bool wireFirst)
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1).Replace("\"claude-sonnet-4-5\"", "\"\"", StringComparison.Ordinal).Replace("\"req_1\"", "\"\"", StringComparison.Ordinal));
        var wire = Some.Usage() with { Key = Some.Key(1), RequestModel = "claude-sonnet-4-5", ResponseModel = null, RequestId = "req_1" };
        if (wireFirst)
        {
            _database.Write(wire);
        }

        _home.Import();
        _database.Write(wire);

        Assert.That(_database.Query("SELECT coalesce(response_model, request_model) AS model, request_id FROM usage").Single().Values, Is.EqualTo(new[] { "claude-sonnet-4-5", "req_1" }));
    }

    [Test]
    public void Line_that_is_half_written_is_left_for_the_next_pass([Values(1, 100, 500)] int writtenFirst)
    {
        var line = ClaudeHome.Line(2);
        _home.Write("a.jsonl", ClaudeHome.Line(1));
        _home.Append("a.jsonl", line[..writtenFirst]);
        var first = _home.Import();
        _home.Append("a.jsonl", line[writtenFirst..] + "\n");

        var second = _home.Import();

        Assert.That((first.RowsAdded, first.MalformedLines), Is.EqualTo((1L, 0L)));
        Assert.That((second.RowsAdded, second.MalformedLines), Is.EqualTo((1L, 0L)));
    }

    [Test]
    public void Answer_behind_a_line_that_a_full_disk_has_cut_is_told_as_malformed()
    {
        var said = $$"""{"parentUuid":null,"type":"user","message":{"role":"user","content":"{{new string('x', 100_000)}}""";
        _home.Write("a.jsonl", said + ClaudeHome.Line(1), ClaudeHome.Line(2));

        var pass = _home.Import();

        Assert.That((pass.RowsAdded, pass.MalformedLines), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public void Last_line_that_lacks_only_its_line_feed_is_taken_and_its_growth_is_not_missed()
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1));
        _home.Append("a.jsonl", ClaudeHome.Line(2));

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(2));
        _home.Append("a.jsonl", "\n" + ClaudeHome.Line(3) + "\n");

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(1));
        Assert.That(_database.Scalar<long>("SELECT line_count * 100 + record_count FROM import_cursor"), Is.EqualTo(303));
    }

    [Test]
    public void File_that_was_cut_is_read_again()
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1), ClaudeHome.Line(2), ClaudeHome.Line(3));
        _home.Import();
        _home.Write("a.jsonl", ClaudeHome.Line(4));

        _home.Import();

        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1, 2, 3, 4]), "rows of lines that are gone stay");
    }

    [Test]
    public void File_that_was_replaced_by_a_longer_one_is_read_from_its_beginning()
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1), ClaudeHome.Line(2));
        _home.Import();
        _home.Write("a.jsonl", ClaudeHome.Line(3), ClaudeHome.Line(4), ClaudeHome.Line(5));

        _home.Import();

        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1, 2, 3, 4, 5]));
    }

    [Test]
    public void File_that_was_cut_and_has_grown_again_behind_the_same_beginning_is_read_again()
    {
        var beginning = Enumerable.Range(1, 10).Select(number => ClaudeHome.Line(number)).ToList();
        _home.Write("a.jsonl", [.. beginning, ClaudeHome.Line(11), ClaudeHome.Line(12)]);
        _home.Import();
        _home.Write("a.jsonl", [.. beginning, ClaudeHome.Line(13), ClaudeHome.Line(14), ClaudeHome.Line(15)]);

        _home.Import();

        Assert.That(_home.Outputs().Keys, Is.EquivalentTo(Enumerable.Range(1, 15)));
    }

    [Test]
    public void File_that_was_replaced_by_one_of_the_same_length_is_read_again()
    {
        var path = _home.Write("a.jsonl", ClaudeHome.Line(1));
        _home.Import();
        _home.Write("a.jsonl", ClaudeHome.Line(2));
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(1));

        _home.Import();

        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1, 2]));
    }

    [Test]
    public void File_that_was_deleted_or_renamed_leaves_its_rows()
    {
        File.Move(_home.Write("a.jsonl", ClaudeHome.Line(1)), _home.FilePath("renamed.jsonl"));
        _home.Write("b.jsonl", ClaudeHome.Line(2));
        _home.Import();
        File.Move(_home.FilePath("renamed.jsonl"), _home.FilePath("again.jsonl"));
        File.Delete(_home.FilePath("b.jsonl"));

        var second = _home.Import();

        Assert.That((second.Files, second.RowsAdded), Is.EqualTo((1, 0L)));
        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1, 2]));
    }

    [Test]
    public void Malformed_lines_are_named_by_number_and_the_rest_is_read()
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1), "this is not JSON", ClaudeHome.Line(2)[..300], new string('\0', 300), "", ClaudeHome.Line(3) + "}", "[1,2]", "{}",
            ClaudeHome.Line(4).Replace("\"timestamp\"", "\"time\""), ClaudeHome.Line(5));

        var report = _home.Import();

        Assert.That(report.Trouble.Select(trouble => trouble.Line), Is.EqualTo(new long?[] { 2, 3, 4, 6, 9 }));
        Assert.That(report.Trouble[^1].Reason, Is.EqualTo("has no valid timestamp"));
        Assert.That(report.MalformedLines, Is.EqualTo(5));
        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1, 5]));
        Assert.That(_database.Scalar<string>("SELECT malformed_count || ': ' || first_malformed FROM import_cursor"), Does.StartWith("5: line 2 is not valid JSON"));
    }

    [Test]
    public void Many_malformed_lines_are_all_counted_but_not_all_named()
    {
        _home.Write("a.jsonl", [.. Enumerable.Repeat("garbage", 500), ClaudeHome.Line(1)]);

        var report = _home.Import();

        Assert.That((report.MalformedLines, report.Trouble.Count, report.RowsAdded), Is.EqualTo((500L, 10, 1L)));
    }

    [Test]
    public void Line_of_100_MB_is_passed_over_without_being_held_and_named()
    {
        var path = _home.Write("a.jsonl", ClaudeHome.Line(1));
        using (var stream = new FileStream(path, FileMode.Append))
        {
            var block = new byte[1_000_000];
            Array.Fill(block, (byte)'x');
            for (var i = 0; i < 100; i++)
            {
                stream.Write(block);
            }
        }

        _home.Append("a.jsonl", "\n" + ClaudeHome.Line(2) + "\n");
        var report = _home.Import();
        _home.Append("a.jsonl", ClaudeHome.Line(3) + "\n");
        var second = _home.Import();

        Assert.That(report.Trouble.Select(trouble => (trouble.Line, trouble.Reason)), Is.EqualTo(new[] { ((long?)2L, "is longer than 32 MB") }));
        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1, 2, 3]));
        Assert.That(second.BytesRead, Is.LessThan(2000), "it is not read again");
    }

    [Test]
    public void Record_behind_NUL_bytes_of_a_crash_is_read()
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1), new string('\0', 4096) + ClaudeHome.Line(2));

        var report = _home.Import();

        Assert.That((report.RowsAdded, report.MalformedLines), Is.EqualTo((2L, 0L)));
    }

    [Test]
    public void Byte_order_mark_carriage_returns_and_blank_lines_are_no_trouble()
    {
        File.WriteAllText(_home.FilePath("a.jsonl"), $"\uFEFF{ClaudeHome.Line(1)}\r\n\r\n  \r\n{ClaudeHome.Line(2)}\r\n");

        var report = _home.Import();

        Assert.That((report.RowsAdded, report.MalformedLines), Is.EqualTo((2L, 0L)));
    }

    [Test]
    public void File_that_cannot_be_opened_is_named_and_tried_again_and_the_others_are_read()
    {
        // Also root cannot open a socket as a file.
        var path = _home.FilePath("a.jsonl");
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            _home.Write("b.jsonl", ClaudeHome.Line(1));
            var report = _home.Import();

            Assert.That(report.RowsAdded, Is.EqualTo(1));
            Assert.That(report.Trouble.Select(trouble => trouble.Path), Is.EqualTo(new[] { path }));
            Assert.That(_database.Scalar<string>("SELECT path FROM import_cursor WHERE trouble IS NOT NULL"), Is.EqualTo(path));
        }

        File.Delete(path);
        _home.Write("a.jsonl", ClaudeHome.Line(2));

        Assert.That(_home.Import().Trouble, Is.Empty);
        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1, 2]));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM import_cursor WHERE trouble IS NOT NULL"), Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task Named_pipe_or_device_with_the_name_of_a_log_is_named_and_never_opened(CancellationToken cancellationToken)
    {
        var (pipe, device) = (_home.FilePath("a.jsonl"), _home.FilePath("b.jsonl"));
        if (!Commands.CanRun(["mkfifo", pipe]))
        {
            Assert.Ignore("There is no mkfifo.");
        }

        File.CreateSymbolicLink(device, "/dev/zero");
        _home.Write("c.jsonl", ClaudeHome.Line(1));

        var report = await Task.Run(_home.Import, cancellationToken).WaitAsync(cancellationToken);

        Assert.That(report.RowsAdded, Is.EqualTo(1));
        Assert.That(report.Trouble, Is.EquivalentTo([new Trouble(pipe, null, "is a named pipe, no file"), new Trouble(device, null, "is a device, no file")]));
        Assert.That(_home.Import().FilesRead, Is.Zero);
    }

    [Test]
    public void Document_in_UTF_16_is_told_as_such()
    {
        var home = new LogHome(_database, "cline");
        var path = home.WriteText(".cline/data/tasks/t/ui_messages.json", "");
        File.WriteAllText(path, "[]", new UnicodeEncoding(bigEndian: false, byteOrderMark: false));

        Assert.That(home.Import().Trouble, Is.EqualTo(new[] { new Trouble(path, null, "is UTF-16 text, as some programs make of a file when they copy it; clients write UTF-8") }));
    }

    [Test, CancelAfter(60_000)]
    public async Task Named_pipe_in_the_place_of_a_file_beside_a_log_is_never_opened(CancellationToken cancellationToken)
    {
        var home = new LogHome(_database, "cline");
        home.WriteText(".cline/data/tasks/t/ui_messages.json", """[{"ts":1795456093001,"say":"api_req_started","text":"{\"tokensIn\":5,\"tokensOut\":6}"}]""");
        if (!Commands.CanRun(["mkfifo", home.FilePath(".cline/data/tasks/t/api_conversation_history.json")]))
        {
            Assert.Ignore("There is no mkfifo.");
        }

        var report = await Task.Run(home.Import, cancellationToken).WaitAsync(cancellationToken);

        Assert.That(report.RowsAdded, Is.EqualTo(1));
    }

    [Test]
    public void Record_that_the_database_refuses_is_left_out_and_the_rest_stored()
    {
        using (var connection = _database.Connections.Open())
        {
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TRIGGER refuse BEFORE INSERT ON usage WHEN new.input_tokens = 2 BEGIN SELECT raise(ABORT, 'not this one'); END";
            command.ExecuteNonQuery();
        }

        _home.Write("a.jsonl", Enumerable.Range(1, 5).Select(number => ClaudeHome.Line(number)));

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(4));
        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1, 3, 4, 5]));
        Assert.That(_home.Import().FilesRead, Is.Zero, "it does not stand in the way for ever");
    }

    [Test]
    public void The_line_of_greatest_output_wins_in_any_order_and_across_files()
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1, output: 5, stopReason: null), ClaudeHome.Line(1, output: 900));
        _home.Write("fork.jsonl", ClaudeHome.Line(1, output: 900), ClaudeHome.Line(1, output: 5, stopReason: null), ClaudeHome.Line(2, output: 7, stopReason: null));

        _home.Import();

        Assert.That(_home.Outputs(), Is.EqualTo(new Dictionary<int, long> { [1] = 900, [2] = 7 }));
        Assert.That(_database.Scalar<string>("SELECT group_concat(outcome) FROM (SELECT outcome FROM usage ORDER BY usage_key)"), Is.EqualTo("completed,incomplete"));
    }

    [Test]
    public void Answer_that_broke_off_as_the_error_behind_it_tells_is_incomplete()
    {
        const string error = """{"parentUuid":"broken","type":"assistant","uuid":"e","timestamp":"2026-11-23T12:00:00Z","message":{"id":"x","model":"<synthetic>","usage":{"output_tokens":0}},"isApiErrorMessage":true}""";
        string Line(int number, string uuid) => ClaudeHome.Line(number, output: 3).Replace("\"uuid\":\"", $"\"uuid\":\"{uuid}\",\"was\":\"", StringComparison.Ordinal);
        _home.Write("a.jsonl", Line(1, "fine"), Line(2, "first block"), Line(2, "broken"), """{"type":"user"}""", error, Line(3, "next"), error);

        _home.Import();

        Assert.That(_database.Query("SELECT quality, outcome FROM usage ORDER BY usage_key").Select(row => (row["quality"], row["outcome"])),
            Is.EqualTo(new[] { (2L, "completed"), (1L, "incomplete"), (2L, "completed") }));
    }

    [TestCase(null, 1L, "incomplete")]
    [TestCase(CountQuality.Partial, 1L, "incomplete")]
    [TestCase(CountQuality.Final, 3L, "completed")]
    public void Answer_that_broke_off_is_incomplete_also_when_a_pass_ended_before_the_error_unless_the_proxy_saw_its_end(CountQuality? seen, long quality, string outcome)
    {
        const string error = """{"parentUuid":"broken","type":"assistant","uuid":"e","timestamp":"2026-11-23T12:00:00Z","message":{"id":"x","model":"<synthetic>","usage":{"output_tokens":0}},"isApiErrorMessage":true}""";
        if (seen is { } wire)
        {
            _database.Write(Some.Usage() with { Key = Some.Key(1), Quality = wire, Outcome = wire == CountQuality.Final ? CallOutcome.Completed : CallOutcome.Incomplete });
        }

        _home.Write("a.jsonl", ClaudeHome.Line(1).Replace("\"uuid\":\"", "\"uuid\":\"broken\",\"was\":\"", StringComparison.Ordinal));
        _home.Import();
        Assert.That(_database.Scalar<string>("SELECT outcome FROM usage"), Is.EqualTo("completed"));
        _home.Append("a.jsonl", error + "\n");
        _home.Import();

        Assert.That(_database.Query("SELECT quality, outcome FROM usage").Select(row => (row["quality"], row["outcome"])), Is.EqualTo(new[] { (quality, outcome) }));
        _home.Append("a.jsonl", ClaudeHome.Line(2) + "\n");
        _home.Import();
        Assert.That(_database.Scalar<string>("SELECT group_concat(quality || outcome) FROM usage"), Is.EqualTo($"{quality}{outcome},2completed"));
        Assert.That(_database.Scalar<long>("SELECT line_count * 100 + record_count FROM import_cursor"), Is.EqualTo(302));
    }

    [Test]
    public void Broken_stream_that_an_earlier_version_took_for_whole_is_repaired_when_its_log_is_read_again()
    {
        var home = new LogHome(_database, "claude-code").With("claude-code", "real-logs", "2.1.197-print", "home");
        home.Import();
        var rows = _database.Query("SELECT usage_key, quality, outcome, output_tokens FROM usage ORDER BY usage_key").Select(row => string.Join(' ', row.Values)).ToList();
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE quality = 1 AND session_id LIKE 'a8a31e62%'"), Is.Positive);
        _database.Execute("UPDATE usage SET quality = 2, outcome = 'completed' WHERE quality = 1 AND session_id LIKE 'a8a31e62%'; UPDATE import_cursor SET reader_version = 1");

        home.Import();

        Assert.That(_database.Query("SELECT usage_key, quality, outcome, output_tokens FROM usage ORDER BY usage_key").Select(row => string.Join(' ', row.Values)), Is.EqualTo(rows));
    }

    [Test]
    public void Formats_that_read_with_another_one_have_its_version()
    {
        int[] versions = [.. ((ILogFormat[])[new ClaudeCodeFormat("claude-code"), new ClaudeDesktopFormat()]).Select(format => format.ReaderVersion)];

        Assert.That(versions, Has.All.EqualTo(versions[0]).And.All.GreaterThan(1));
    }

    [Test]
    public void File_that_another_version_of_its_reader_has_read_is_read_from_its_beginning()
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1), "garbage");
        _home.Write("b.jsonl", ClaudeHome.Line(2));
        _home.Import();
        var cursors = _database.Query("SELECT path, record_count, malformed_count, reader_version FROM import_cursor ORDER BY path");
        _database.Execute("UPDATE import_cursor SET reader_version = reader_version - 1 WHERE path LIKE '%a.jsonl'; UPDATE usage SET output_tokens = 0");

        var report = _home.Import();

        Assert.That((report.FilesRead, report.Records, report.RowsAdded), Is.EqualTo((1, 1L, 0L)));
        Assert.That(_home.Outputs(), Is.EqualTo(new Dictionary<int, long> { [1] = 1001, [2] = 0 }));
        Assert.That(_database.Query("SELECT path, record_count, malformed_count, reader_version FROM import_cursor ORDER BY path"), Is.EqualTo(cursors));
        Assert.That(_home.Import().FilesRead, Is.Zero);
    }
}
