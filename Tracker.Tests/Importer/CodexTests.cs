using System.Globalization;
using Microsoft.AspNetCore.Http;
using Tracker.Proxy.Capture;
using Tracker.Tests.Support;
using ZstdSharp;
using static Tracker.Tests.Importer.CodexLines;

namespace Tracker.Tests.Importer;

/// <summary>The traps of Codex's rollouts, each in a file of a few lines as its versions wrote them.</summary>
public sealed class CodexTests
{
    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "codex");

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Without_records_a_call_is_the_difference_of_totals_and_repeats_are_nothing()
    {
        Write(OwnThread, Meta(OwnThread), Context(null, "gpt-5-codex"), NoCount(), Count(1, 1), Count(1, 1), NoCount(), Count(2, 1), Count(2, 1), Context(null, "gpt-5"), Count(3, 1));

        _home.Import();

        Assert.That(Rows(), Is.EqualTo(new[]
        {
            $"codex:{OwnThread}:1000-900-0-10-4-1010 gpt-5-codex 100 900 10 4", $"codex:{OwnThread}:2000-1800-0-20-8-2020 gpt-5-codex 100 900 10 4", $"codex:{OwnThread}:3000-2700-0-30-12-3030 gpt-5 100 900 10 4",
        }));
        Assert.That(_database.Scalar<string>("SELECT DISTINCT session_id || ' ' || project || ' ' || provider || ' ' || coalesce(agent_id, '-') FROM usage"), Is.EqualTo($"{OwnThread} /home/dev/project openai -"));
    }

    [Test]
    public void Parent_is_named_in_JSON_whatever_its_id_needs_to_be_escaped()
    {
        Write(OwnThread, Meta(OwnThread, parent: "a\\u002db"), Context(null), Count(1, 1));

        _home.Import();

        Assert.That(_database.Scalar<string>("SELECT session_id || ' ' || parent_agent_id FROM usage"), Is.EqualTo("a-b a-b"));
    }

    // Copilot's logs have counts of a context's tokens as 12053.0 (1.0.102, 2026-11): some languages write whole numbers so.
    [TestCase("1000.0", "900.0", "10.0", 100, 10)]
    [TestCase("900", "900", "10", 0, 10)]
    [TestCase("1e3", "9E2", "1.0e1", 100, 10)]
    [TestCase("1000", "900", "10.5", 100, null)]
    [TestCase("1000", "900", "1e300", 100, null)]
    [TestCase("1000", "900", "1e999", 100, null)]
    [TestCase("1000", "900", "-10", 100, null)]
    public void Whole_number_is_a_count_however_it_is_written(string input, string cached, string output, long? fresh, long? expected)
    {
        var usage = $$"""{"input_tokens":{{input}},"cached_input_tokens":{{cached}},"output_tokens":{{output}}}""";
        Write(OwnThread, Meta(OwnThread), Context(null), Line("event_msg", $$$$"""{"type":"token_count","info":{"total_token_usage":{{{{usage}}}},"last_token_usage":{{{{usage}}}}}}"""));

        _home.Import();

        Assert.That(_database.Query("SELECT input_tokens, output_tokens FROM usage").Single().Values, Is.EqualTo(new object?[] { fresh, expected }));
    }

    [Test]
    public void Counts_after_a_compaction_estimate_the_context_and_are_no_call()
    {
        Write(OwnThread, Meta(OwnThread), Context(Turn), Count(2, 2), Compacted(), Count(2, 0, lastTotal: 6054), Count(3, 1));

        _home.Import();

        Assert.That(Outputs(), Is.EqualTo(new[] { 10L, 20L }));
    }

    [Test]
    public void Work_within_a_turn_does_not_end_it()
    {
        Write(OwnThread, Meta(OwnThread), Context(Turn), Record(1), Context("auto-compact-1"), Count(1, 1));

        _home.Import();

        Assert.That(Outputs(), Is.EqualTo(new[] { 10L }), "the count says what the record has said");
    }

    [Test]
    public void Tools_of_a_turn_that_ended_without_a_call_are_none_of_the_next_ones()
    {
        Write(OwnThread, Meta(OwnThread), Context(Turn), Call("call_1", "shell"), Context(LaterTurn), Count(1, 1));

        _home.Import();

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM tool_call"), Is.Zero);
    }

    [Test]
    public void Totals_that_began_anew_beside_the_same_last_call_are_none()
    {
        Write(OwnThread, Meta(OwnThread), Context(Turn), Count(2, 1), Count(1, 1));

        _home.Import();

        Assert.That(Outputs(), Is.EqualTo(new[] { 10L }));
    }

    [Test]
    public void A_context_that_overflowed_replaces_the_totals_and_is_no_call()
    {
        const string overflow = """{"type":"event_msg","timestamp":"2026-11-23T17:50:00.000Z","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":0,"cached_input_tokens":0,"output_tokens":0,"reasoning_output_tokens":0,"total_tokens":272000},"last_token_usage":{"input_tokens":0,"cached_input_tokens":0,"output_tokens":0,"reasoning_output_tokens":0,"total_tokens":269980}}}}""";
        Write(OwnThread, Meta(OwnThread), Context(Turn), Count(1, 1), Count(2, 1), overflow, overflow, Count(1, 1, total: 273010), Count(2, 1, total: 274020));

        _home.Import();

        Assert.That(Outputs(), Is.EqualTo(new[] { 10L, 10L, 10L, 10L }));
    }

    [Test]
    public void Totals_that_began_anew_give_the_last_call_once()
    {
        Write(OwnThread, Meta(OwnThread), Context(Turn), Count(5, 5), Count(3, 1), Count(3, 1), Count(4, 1));

        _home.Import();

        Assert.That(Outputs(), Is.EqualTo(new[] { 10L, 10L, 50L }));
    }

    [Test]
    public void With_records_the_counts_beside_them_are_not_used()
    {
        Write(OwnThread, Meta(OwnThread), Started(Turn), Context(Turn), Record(1), Count(1, 1), Count(1, 1), Record(2), Count(2, 1));

        _home.Import();

        Assert.That(Keys(), Is.EqualTo(new[] { Key(1), Key(2) }));
    }

    [Test]
    public void A_client_that_was_upgraded_in_the_middle_of_a_thread_counts_no_call_twice()
    {
        Write(OwnThread, Meta(OwnThread), Context(null), Count(1, 1), Count(2, 1));
        _home.Import();
        // It repeats the last counts first, then it writes both kinds.
        Append(OwnThread, Started(LaterTurn), Count(2, 1), Context(LaterTurn), Record(3), Count(3, 1), Count(3, 1));
        _home.Import();

        Assert.That(Keys(), Is.EqualTo(new[] { $"codex:{OwnThread}:1000-900-0-10-4-1010", $"codex:{OwnThread}:2000-1800-0-20-8-2020", Key(3) }));
        Append(OwnThread, Record(4), Count(4, 1));
        _home.Import();

        Assert.That(Keys(), Has.Count.EqualTo(4).And.Contain(Key(4)));
    }

    [Test]
    public void A_turn_of_an_older_client_behind_one_with_records_is_counted()
    {
        Write(OwnThread, Meta(OwnThread), Started(Turn), Context(Turn), Record(1), Count(1, 1), Started(LaterTurn), Context(LaterTurn), Count(1, 1), Count(2, 1), Count(2, 1));

        _home.Import();

        Assert.That(Keys(), Is.EqualTo(new[] { $"codex:{OwnThread}:2000-1800-0-20-8-2020", Key(1) }));
    }

    [Test]
    public void History_of_the_parent_in_the_file_of_a_sub_agent_is_not_its_own()
    {
        Write(ParentThread, Meta(ParentThread), Started(ParentTurn), Context(ParentTurn), Record(1, ParentThread), Count(1, 1), Record(2, ParentThread), Count(2, 1));
        // It is copied without the records and contexts, stamped anew.
        Write(OwnThread, Meta(OwnThread, parent: ParentThread), Meta(ParentThread), Started(ParentTurn), Count(1, 1), Count(2, 1), Started(Turn), Context(Turn, "gpt-5-mini"), Record(3, session: ParentThread), Count(1, 1));

        _home.Import();

        Assert.That(Keys(), Is.EqualTo(new[] { Key(1), Key(2), Key(3) }));
        Assert.That(_database.Scalar<string>($"SELECT session_id || ' ' || agent_id || ' ' || parent_agent_id || ' ' || request_model FROM usage WHERE usage_key = '{Key(3)}'"),
            Is.EqualTo($"{ParentThread} {OwnThread} {ParentThread} gpt-5-mini"));
    }

    [Test]
    public void History_of_the_parent_is_not_counted_either_where_there_are_no_records()
    {
        Write(ParentThread, Meta(ParentThread), Started(ParentTurn), Context(ParentTurn), Count(1, 1), Count(2, 1));
        Write(OwnThread, Meta(OwnThread, parent: ParentThread, forkedFrom: ParentThread), Meta(ParentThread), Started(ParentTurn), Count(1, 1), Count(2, 1), Started(Turn), Context(Turn), Count(3, 1), Count(4, 1));

        _home.Import();

        Assert.That(Keys(), Is.EqualTo(new[]
        {
            $"codex:{ParentThread}:1000-900-0-10-4-1010", $"codex:{ParentThread}:2000-1800-0-20-8-2020", $"codex:{OwnThread}:3000-2700-0-30-12-3030", $"codex:{OwnThread}:4000-3600-0-40-16-4040",
        }));
    }

    [Test]
    public void Totals_that_go_on_from_the_parents_begin_with_the_last_call()
    {
        Write(OwnThread, Meta(OwnThread, parent: ParentThread, forkedFrom: ParentThread), Started(Turn), Context(Turn), Count(1001, 1), Count(1002, 1));

        _home.Import();

        Assert.That(Outputs(), Is.EqualTo(new[] { 10L, 10L }));
    }

    [Test]
    public void A_fork_that_copies_all_lines_is_the_same_calls()
    {
        string[] history = [Meta(ParentThread), Started(ParentTurn), Context(ParentTurn), Record(1, ParentThread), Count(1, 1), Record(2, ParentThread), Count(2, 1)];
        Write(ParentThread, history);
        _home.Import();
        var rows = _database.Rows();
        Write(OwnThread, [Meta(OwnThread, forkedFrom: ParentThread), .. history.Select(line => line.Replace("T17:50", "T18:50"))]);

        _home.Import();

        Assert.That(_database.Rows(), Is.EqualTo(rows));
    }

    [Test]
    public void A_fork_of_a_version_whose_turns_have_no_ids_is_the_same_calls_and_its_own([Values] bool namesItsOrigin, [Values] bool isReadFirst)
    {
        string[] history = [Meta(ParentThread), Context(null), Count(1, 1), Count(2, 1)];
        string[] fork = [Meta(OwnThread, forkedFrom: namesItsOrigin ? ParentThread : null), .. history.Select(line => line.Replace("T17:50", "T18:50", StringComparison.Ordinal)), Context(null), Count(4, 2)];
        Write(isReadFirst ? OwnThread : ParentThread, isReadFirst ? fork : history);
        _home.Import();
        Write(isReadFirst ? ParentThread : OwnThread, isReadFirst ? history : fork);

        _home.Import();

        Assert.That(Outputs(), Is.EqualTo(new[] { 10L, 10L, 20L }));
        Assert.That(_database.Scalar<string>("SELECT session_id FROM usage WHERE output_tokens = 20"), Is.EqualTo(OwnThread));
        Assert.That(_database.Scalar<string>("SELECT group_concat(DISTINCT session_id) FROM usage WHERE output_tokens = 10"), Is.EqualTo(ParentThread));
    }

    [Test]
    public void A_fork_that_copies_the_counts_alone_takes_none_of_them()
    {
        Write(ParentThread, Meta(ParentThread), Started(ParentTurn), Context(ParentTurn), Record(1, ParentThread), Count(1, 1), Record(2, ParentThread), Count(2, 1));
        Write(OwnThread, Meta(OwnThread, forkedFrom: ParentThread), Meta(ParentThread), Count(1, 1), Count(2, 1), Started(Turn), Context(Turn), Record(3), Count(3, 1));

        _home.Import();

        Assert.That(Keys(), Is.EqualTo(new[] { Key(1), Key(2), Key(3) }));
    }

    [Test]
    public void A_thread_that_was_archived_or_compressed_adds_nothing()
    {
        var lines = new[] { Meta(OwnThread), Started(Turn), Context(Turn), Record(1), Count(1, 1), Started(LaterTurn), Context(LaterTurn), Count(2, 1) };
        Write(OwnThread, lines);
        _home.Import();
        var rows = _database.Rows();

        var plain = _home.FilePath(FileOf(OwnThread));
        Directory.CreateDirectory(_home.FilePath(".codex/archived_sessions"));
        File.Move(plain, _home.FilePath($".codex/archived_sessions/{Path.GetFileName(plain)}"));
        var archived = _home.Import();
        using (var compressor = new Compressor())
        {
            var text = File.ReadAllBytes(_home.FilePath($".codex/archived_sessions/{Path.GetFileName(plain)}"));
            File.WriteAllBytes(plain + ".zst", compressor.Wrap(text).ToArray());
        }

        var compressed = _home.Import();

        Assert.That((archived.Records, compressed.Records, compressed.MalformedLines), Is.EqualTo((2L, 2L, 0L)));
        Assert.That(_database.Rows(), Is.EqualTo(rows));
    }

    [Test]
    public void Tools_that_were_asked_for_before_a_call_was_counted_are_its_own_also_across_passes()
    {
        Write(OwnThread, Meta(OwnThread), Started(Turn), Context(Turn), Call("call_1", "exec_command"), Call("call_2", "apply_patch"));
        _home.Import();
        Append(OwnThread, Record(1), Count(1, 1), """{"timestamp":"2026-11-23T17:50:00.000Z","type":"response_item","payload":{"type":"function_call_output","call_id":"call_1","output":"x"}}""", Call("call_3", "shell"), Record(2));

        _home.Import();

        Assert.That(_database.Query("SELECT substr(usage_key, -1) || ' ' || tool_use_id || ' ' || tool_call.name AS tool FROM tool_call JOIN usage ON usage.id = usage_id ORDER BY 1").Select(row => row["tool"]),
            Is.EqualTo(new[] { "1 call_1 exec_command", "1 call_2 apply_patch", "2 call_3 shell" }));
    }

    [Test]
    public void A_record_without_an_id_is_known_by_its_threads_counts()
    {
        Write(OwnThread, Meta(OwnThread), Started(Turn), Context(Turn), Record(1).Replace("\"response_id\"", "\"no_id\""), Count(1, 1));

        _home.Import();

        Assert.That(Keys(), Is.EqualTo(new[] { $"codex:{OwnThread}:1000-900-0-10-4-1010" }));
    }

    [Test]
    public void Counts_that_were_written_to_the_cache_are_part_of_the_input()
    {
        Write(OwnThread, Meta(OwnThread), Context(Turn), Record(1).Replace("\"cache_write_input_tokens\":0", "\"cache_write_input_tokens\":30"));

        _home.Import();

        Assert.That(_database.Scalar<string>("SELECT input_tokens || ' ' || cache_read_tokens || ' ' || cache_creation_5m_tokens FROM usage"), Is.EqualTo("70 900 30"));
    }

    [Test]
    public void Unknown_counts_raise_the_alarm()
    {
        Write(OwnThread, Meta(OwnThread), Context(Turn), Record(1).Replace("\"cache_write_input_tokens\":0", "\"audio_input_tokens\":7"));

        _home.Import();

        Assert.That(_database.Scalar<string>("SELECT drift FROM import_cursor"), Is.EqualTo("audio_input_tokens"));
    }

    [Test]
    public void Ids_are_those_that_the_wire_records()
    {
        Write(OwnThread, Meta(OwnThread, parent: ParentThread), Context(Turn), Record(1, session: ParentThread));
        _home.Import();

        // As 0.169 sent them with the call of a sub-agent.
        var wire = CallHeaders.From(new HeaderDictionary { ["session-id"] = ParentThread, ["thread-id"] = OwnThread, ["x-codex-parent-thread-id"] = ParentThread, ["User-Agent"] = "codex_exec/0.169.0" });
        var row = _database.Query("SELECT client, session_id, agent_id, parent_agent_id FROM usage").Single();
        Assert.That((row["client"], row["session_id"], row["agent_id"], row["parent_agent_id"]), Is.EqualTo((wire.Client, wire.SessionId, wire.AgentId, wire.ParentAgentId)));
    }

    [TestCase(0)]
    [TestCase(100)]
    [TestCase(0, 100)]
    public void File_that_is_seen_empty_or_within_its_first_line_and_comes_back_gives_the_rows_of_one_pass(params int[] lengths)
    {
        Write(OwnThread, Meta(OwnThread), Context(Turn), Record(1));
        _home.Import();
        var path = _home.FilePath(FileOf(OwnThread));
        var whole = File.ReadAllBytes(path);
        foreach (var length in lengths)
        {
            File.WriteAllBytes(path, whole[..length]); // A copy over it has begun, or the disk is full.
            _home.Import();
        }

        File.WriteAllBytes(path, whole);
        Append(OwnThread, Record(2));
        _home.Import();

        const string cursor = "SELECT length, offset, line_count, fingerprint, record_count, malformed_count, state FROM import_cursor";
        using var other = new TestDatabase();
        var otherHome = new LogHome(other, "codex");
        otherHome.Write(FileOf(OwnThread), Meta(OwnThread), Context(Turn), Record(1), Record(2));
        otherHome.Import();
        Assert.That(_database.Rows(), Is.EqualTo(other.Rows()));
        Assert.That(_database.Query(cursor).Single().Values, Is.EqualTo(other.Query(cursor).Single().Values));
    }

    [TestCase("""{"type":"event_msg","payload":{"type":"agent_message","message":"token_count"}}""")]
    [TestCase("""{"type":"event_msg","payload":{"type":"token_count","info":null}}""")]
    [TestCase("""{"type":"event_msg","payload":null}""")]
    [TestCase("""{"type":"compacted","payload":{"message":"token_usage_record","replacement_history":[{"type":"token_usage_record","usage":{"input_tokens":5}}]}}""")]
    [TestCase("""{"type":"world_state","payload":{"state":{"type":"token_count"}}}""")]
    [TestCase("""["token_usage_record"]""")]
    [TestCase("")]
    public void Lines_that_are_no_call_are_passed_over(string line)
    {
        Write(OwnThread, line.Replace("{\"type\"", "{\"timestamp\":\"2026-11-23T17:50:00Z\",\"type\""));

        var report = _home.Import();

        Assert.That((report.Records, report.MalformedLines), Is.EqualTo((0L, line.StartsWith('[') ? 1L : 0L)));
    }

    private void Write(string thread, params IEnumerable<string> lines) => _home.Write(FileOf(thread), lines);

    private void Append(string thread, params IEnumerable<string> lines) => _home.Append(FileOf(thread), lines);

    private List<string> Keys() => [.. _database.Query("SELECT usage_key FROM usage ORDER BY 1").Select(row => (string)row["usage_key"]!)];

    private List<long> Outputs() => [.. _database.Query("SELECT output_tokens FROM usage ORDER BY 1").Select(row => (long)row["output_tokens"]!)];

    private IEnumerable<string> Rows() => _database.Query("SELECT usage_key, request_model, input_tokens, cache_read_tokens, output_tokens, reasoning_tokens FROM usage ORDER BY usage_key")
        .Select(row => string.Join(' ', row.Values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture))));
}
