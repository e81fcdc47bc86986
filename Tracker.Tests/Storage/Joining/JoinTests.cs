using Dapper;
using Tracker.Storage.Joining;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;
using static Tracker.Tests.Storage.Joining.JoinUnderTest;

namespace Tracker.Tests.Storage.Joining;

/// <summary>Calls of which the wire and a log without the upstream's ids tell: one row, or two where it is not certain.</summary>
public sealed class JoinTests
{
    private readonly TestDatabase _database = new();
    private JoinUnderTest _joins = null!;

    [SetUp]
    public void SetUp() => _joins = new JoinUnderTest(_database);

    [TearDown]
    public void TearDown()
    {
        _joins.Dispose();
        _database.Dispose();
    }

    [Test]
    public void Call_of_both_sides_is_one_row_with_what_each_knows([Values] bool wireFirst)
    {
        var (wire, logged) = (Wire(1) with { Client = "ai-sdk", RequestId = "req_1", ToolCalls = [new ToolCall("toolu_01FAKE01", "Bash")] },
            Logged(1) with { SessionId = "session-1", ToolCalls = [new ToolCall("toolu_01FAKE01", "Bash"), new ToolCall("toolu_01FAKE02", "Read")] });
        _joins.Store(wireFirst ? wire : logged);
        Assert.That(_joins.Join().Joined, Is.Zero);
        _joins.Store(wireFirst ? logged : wire);

        Assert.That(_joins.Join().Joined, Is.EqualTo(1));

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That((row["usage_key"], row["evidence"], row["quality"], row["client"], row["request_id"], row["session_id"], row["project"], row["tool_call_count"]),
            Is.EqualTo((wire.Key.Value, 3L, 3L, "cline", "req_1", "session-1", "/home/dev/project", 2L)));
        Assert.That((row["cache_creation_5m_tokens"], row["cache_creation_1h_tokens"], row["duration_ms"]), Is.EqualTo((3003L, 505L, 1000L)));
        Assert.That(_database.Query("SELECT alias_key, usage_id FROM usage_alias").Single().Values, Is.EqualTo(new[] { logged.Key.Value, row["id"] }));
        Assert.That(_joins.Join().Joined, Is.Zero);
    }

    [TestCase("ollama", ExpectedResult = 1)]
    [TestCase("ollama-cloud", ExpectedResult = 1)]
    [TestCase("anthropic", ExpectedResult = 0)]
    public int Ollamas_cached_input_may_be_logged_as_input_alone(string provider)
    {
        _joins.Store(
            Wire(1) with { Key = UsageKey.FromStored("proxy:1"), Provider = provider, InputTokens = 100, CacheReadTokens = 9800, CacheCreation5mTokens = null, CacheCreation1hTokens = null },
            Logged(1) with { Provider = provider, InputTokens = 9900, CacheReadTokens = 0, CacheCreation5mTokens = null, CacheCreation1hTokens = null });

        return _joins.Join().Joined;
    }

    [Test]
    public void Range_within_another_does_not_shorten_it() => Assert.That(TimeRange.Merge([new(0, 10), new(2, 5), new(12, 13)], gap: 1), Is.EqualTo(new TimeRange[] { new(0, 10), new(12, 13) }));

    // Only the hour of what is new is looked at, and what is around it.
    [Test]
    public void Partner_in_the_hour_before_is_found_though_it_is_not_new([Values] bool wireFirst)
    {
        const double longAfter = 10 * 86_400;
        _joins.Store(wireFirst ? Wire(1, sentAt: -10, seconds: 20) : Logged(1, at: -5));
        _joins.Join(longAfter);

        _joins.Store(wireFirst ? Logged(1, at: 5) : Wire(1, sentAt: 5));

        Assert.That(_joins.Join(longAfter).Joined, Is.EqualTo(1));
    }

    [Test]
    public void Importing_it_again_finds_the_same_row()
    {
        _joins.Store(Wire(1), Logged(1));
        _joins.Join();
        var once = _joins.All();

        _joins.Store(Logged(1), Wire(1), Logged(1));
        _joins.Join();

        Assert.That(_joins.All(), Is.EqualTo(once));
    }

    [Test]
    public void What_the_log_tells_later_goes_into_the_joined_row()
    {
        _joins.Store(Wire(1), Logged(1));
        _joins.Join();

        _joins.Store(Logged(1) with { SessionId = "session-1" });

        Assert.That(_database.Query("SELECT session_id FROM usage").Single()["session_id"], Is.EqualTo("session-1"));
    }

    [TestCase(-120, true, TestName = "a log that stamps its message before tries that failed")]
    [TestCase(-121, false, TestName = "a stamp long before the request")]
    [TestCase(0, true, TestName = "a log that stamps the request")]
    [TestCase(5, true, TestName = "a stamp within the call")]
    [TestCase(10, true, TestName = "a log that stamps the answer")]
    [TestCase(40, true, TestName = "a log that is written late")]
    [TestCase(41, false, TestName = "a stamp long after the answer")]
    public void Time_decides(double loggedAt, bool isOne)
    {
        _joins.Store(Wire(1, sentAt: 0, seconds: 10), Logged(1, at: loggedAt));

        Assert.That(_joins.Join().Joined, Is.EqualTo(isOne ? 1 : 0));
    }

    private static IEnumerable<TestCaseData> Differences()
    {
        yield return new TestCaseData(Logged(1) with { InputTokens = 1 }).SetArgDisplayNames("input");
        yield return new TestCaseData(Logged(1) with { OutputTokens = 312 }).SetArgDisplayNames("output");
        yield return new TestCaseData(Logged(1) with { OutputTokens = null }).SetArgDisplayNames("no output");
        yield return new TestCaseData(Logged(1) with { CacheReadTokens = null }).SetArgDisplayNames("cache read");
        yield return new TestCaseData(Logged(1) with { CacheCreation5mTokens = 3509 }).SetArgDisplayNames("cache creation");
        yield return new TestCaseData(Logged(1) with { ResponseModel = "claude-opus-4-7" }).SetArgDisplayNames("model");
        yield return new TestCaseData(Logged(1) with { ResponseModel = null }).SetArgDisplayNames("no model");
        yield return new TestCaseData(Logged(1, client: "opencode")).SetArgDisplayNames("client");
        yield return new TestCaseData(Logged(1) with { ToolCalls = [new ToolCall("toolu_01FAKE99", "Bash")] }).SetArgDisplayNames("tool ids");
        yield return new TestCaseData(Logged(1) with { Quality = CountQuality.Overstated, OutputTokens = 310 }).SetArgDisplayNames("too little of an overstated output");
        yield return new TestCaseData(Logged(1) with { Quality = CountQuality.Partial, OutputTokens = 312 }).SetArgDisplayNames("too much of a partial output");
    }

    [TestCaseSource(nameof(Differences))]
    public void Calls_that_differ_stay_two(UsageRecord logged)
    {
        _joins.Store(Wire(1) with { Client = "cline", ToolCalls = [new ToolCall("toolu_01FAKE01", "Bash")] }, logged);

        Assert.That(_joins.Join().Joined, Is.Zero);
    }

    private static IEnumerable<TestCaseData> Likenesses()
    {
        yield return new TestCaseData(Wire(1) with { Client = "ai-sdk" }, Logged(1)).SetArgDisplayNames("the wire knows the SDK only");
        yield return new TestCaseData(Wire(1), Logged(1) with { ResponseModel = null, RequestModel = "claude-opus-4-8" }).SetArgDisplayNames("the model that was asked for");
        yield return new TestCaseData(Wire(1) with { ResponseModel = "claude-opus-4-8-20260101" }, Logged(1)).SetArgDisplayNames("the log has the requested model as the answering one");
        yield return new TestCaseData(Wire(1), Logged(1) with { Quality = CountQuality.Overstated, OutputTokens = 316 }).SetArgDisplayNames("an overstated output");
        yield return new TestCaseData(Wire(1), Logged(1) with { Quality = CountQuality.Overstated }).SetArgDisplayNames("an overstated output that is right");
        yield return new TestCaseData(Wire(1), Logged(1) with { Quality = CountQuality.Partial }).SetArgDisplayNames("a partial output that is whole");
        yield return new TestCaseData(Wire(1), Logged(1) with { Quality = CountQuality.Partial, OutputTokens = 300 }).SetArgDisplayNames("a partial output");
        yield return new TestCaseData(Wire(1) with { CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null }, Logged(1) with { CacheReadTokens = 0, CacheCreation5mTokens = 0 }).SetArgDisplayNames("no cache is an empty one");
        yield return new TestCaseData(Wire(1) with { ToolCalls = [new ToolCall("1", "shell")] }, Logged(1) with { ToolCalls = [new ToolCall("call_FAKE01", "shell")] }).SetArgDisplayNames("an upstream without tool ids");
        yield return new TestCaseData(Wire(1) with { SessionId = "a" }, Logged(1) with { SessionId = "b" }).SetArgDisplayNames("sessions of other kinds");
        yield return new TestCaseData(Wire(1) with { Key = UsageKey.OfProxy(Some.Time) }, Logged(1)).SetArgDisplayNames("the upstream has no usable id either");
    }

    [TestCaseSource(nameof(Likenesses))]
    public void Calls_that_differ_only_in_how_they_are_told_are_one(UsageRecord wire, UsageRecord logged)
    {
        _joins.Store(wire, logged);

        Assert.That(_joins.Join().Joined, Is.EqualTo(1));
        Assert.That(_database.Scalar<long>("SELECT output_tokens FROM usage"), Is.EqualTo(311));
    }

    [Test]
    public void Log_that_names_the_response_is_not_joined_to_another()
    {
        _joins.Store(Wire(1), Logged(1) with { Key = Some.Key(2) });

        Assert.That(_joins.Join().Joined, Is.Zero);
    }

    [Test]
    public void Several_candidates_stay_apart([Values(1, 2)] int wires, [Values(1, 2)] int logs)
    {
        _joins.Store([.. Enumerable.Range(1, wires).Select(number => Wire(1) with { Key = Some.Key(number) }), .. Enumerable.Range(1, logs).Select(number => Logged(1, id: $"{number}"))]);

        Assert.That(_joins.Join().Joined, Is.EqualTo(wires == 1 && logs == 1 ? 1 : 0));
    }

    [Test]
    public void Tool_ids_decide_among_candidates()
    {
        var tool = new ToolCall("toolu_01FAKE01", "Bash");
        _joins.Store(
            Wire(1) with { Key = Some.Key(1) }, Wire(1) with { Key = Some.Key(2), ToolCalls = [tool] },
            Logged(1, id: "a") with { ToolCalls = [tool] }, Logged(1, id: "b"));

        Assert.That(_joins.Join().Joined, Is.EqualTo(2));
        Assert.That(_joins.All(), Does.Contain($"cline:a is {Some.Key(2)}").And.Contain($"cline:b is {Some.Key(1)}"));
    }

    [Test]
    public void Sessions_decide_among_candidates()
    {
        _joins.Store(
            Wire(1) with { Key = Some.Key(1), SessionId = "ses_1" }, Wire(1) with { Key = Some.Key(2), SessionId = "ses_2" },
            Logged(1, id: "a") with { SessionId = "ses_2" }, Logged(1, id: "b") with { SessionId = "ses_1" });

        Assert.That(_joins.Join().Joined, Is.EqualTo(2));
        Assert.That(_joins.All(), Does.Contain($"cline:a is {Some.Key(2)}").And.Contain($"cline:b is {Some.Key(1)}"));
    }

    [Test]
    public void Pair_is_decided_when_its_neighbourhood_has_settled()
    {
        // The second call looks the same and is not stored yet when the first two rows are.
        _joins.Store(Wire(1, sentAt: 0), Logged(1, at: 1));
        Assert.That(_joins.Join(at: 1.5), Is.EqualTo((0, 3.0)), "too young, and it tells when it will not be");
        _joins.Store(Wire(1, sentAt: 1) with { Key = Some.Key(2) });

        Assert.That(_joins.Join(at: 3).Joined, Is.Zero, "which of the two it was is not known");
        Assert.That(_joins.Join(at: 10), Is.EqualTo((0, (double?)null)));
    }

    [Test]
    public void What_comes_into_being_after_a_pair_has_settled_has_no_say_in_it([Values] bool pieceByPiece)
    {
        _joins.Store(Wire(1, sentAt: 0), Logged(1, at: 1, id: "a"));
        if (pieceByPiece)
        {
            _joins.Join(at: 4);
        }

        _joins.Store(Wire(1, sentAt: 4) with { Key = Some.Key(2) }, Logged(1, at: 5, id: "b"));
        _joins.Join(at: 8);

        Assert.That(_joins.All(), Does.Contain($"cline:a is {Some.Key(1)}").And.Contain($"cline:b is {Some.Key(2)}"));
    }

    [Test]
    public void Call_of_an_old_log_finds_the_wires_row_long_after([Values] bool wireFirst)
    {
        var (wire, logged) = (Wire(1), Logged(1));
        _joins.Store(wireFirst ? wire : logged);
        _joins.Store(Wire(7, sentAt: 86_400 * 30), Logged(8, at: 86_400 * 30));
        _joins.Join(at: 86_400 * 30);
        _joins.Store(wireFirst ? logged : wire);

        Assert.That(_joins.Join(at: 86_400 * 31).Joined, Is.EqualTo(1));
    }

    [Test]
    public void Call_of_a_clock_that_was_ahead_is_joined_when_its_time_is_past_however_late_that_is_looked_at([Values] bool withOthersBetween)
    {
        const double Hour = 3600;
        _joins.Store(Wire(1), Logged(1));
        Assert.That(_joins.Join(at: -5 * Hour), Is.EqualTo((0, 3.0)));
        if (withOthersBetween)
        {
            _joins.Store(Wire(2, sentAt: 3 * Hour), Logged(2, at: 3 * Hour));
            Assert.That(_joins.Join(at: -4 * Hour).Joined, Is.Zero);
        }

        var others = withOthersBetween ? 1 : 0;
        Assert.That(_joins.Join(at: 25 * Hour).Joined, Is.EqualTo(1 + others));
        Assert.That(_database.Scalar<string>("SELECT value FROM setting WHERE name = 'join_hours_ahead'"), Is.Empty);
        Assert.That(_joins.Join(at: 50 * Hour).Joined, Is.Zero);
    }

    [Test]
    public void Id_of_a_deleted_row_that_is_given_again_is_not_overlooked()
    {
        _joins.Store(Wire(1), Logged(1)); // The log's row is the newest, and goes.
        _joins.Join();
        _joins.Store(Logged(2));
        _joins.Join(at: 86_400);
        _joins.Store(Wire(2));

        Assert.That(_joins.Join(at: 86_400 * 2).Joined, Is.EqualTo(1));
    }

    [Test]
    public void Transactions_are_boxed_and_what_was_done_before_an_interruption_stays()
    {
        for (var number = 1; number <= 20; number++)
        {
            _joins.Store(Wire(number), Logged(number));
        }

        using (var connection = _database.Connections.Open())
        {
            // As if the process were killed at the seventh.
            connection.Execute("CREATE TRIGGER kill BEFORE DELETE ON usage WHEN old.usage_key = 'cline:call-7' BEGIN SELECT raise(ABORT, 'killed'); END");
            Assert.That(() => _joins.Join(box: TimeSpan.Zero), Throws.InstanceOf<Microsoft.Data.Sqlite.SqliteException>());
            Assert.That(_database.Query("SELECT count(*) AS rows, sum(evidence = 3) AS joined, (SELECT count(*) FROM usage_alias) AS aliases FROM usage").Single().Values, Is.EqualTo(new object[] { 34L, 6L, 6L }));
            connection.Execute("DROP TRIGGER kill");
        }

        Assert.That(_joins.Join().Joined, Is.EqualTo(14));
        Assert.That(_joins.Keys(), Has.Count.EqualTo(20).And.All.EndsWith(" 3"));
    }

    [Test]
    public void Many_calls_that_cannot_be_told_apart_stay_apart_at_a_bounded_cost()
    {
        _joins.Store([.. Enumerable.Range(1, 1000).Select(number => Wire(1) with { Key = Some.Key(number) }), .. Enumerable.Range(1, 1000).Select(number => Logged(1, id: $"{number}"))]);

        Assert.That(_joins.Join().Joined, Is.Zero);
    }

    [Test]
    public void Calls_without_a_partner_are_found_by_their_indexes()
    {
        using var connection = _database.Connections.Open();
        string Plan(string sql) => string.Join('\n', connection.Query("EXPLAIN QUERY PLAN " + sql.Replace("?1", "1", StringComparison.Ordinal).Replace("?2", "2", StringComparison.Ordinal)).Select(row => (string)row.detail));

        Assert.That(Plan(JoinQueries.WireCalls), Is.EqualTo("SEARCH usage USING INDEX usage_wire_alone (occurred_at_ms>? AND occurred_at_ms<?)"));
        Assert.That(Plan(JoinQueries.LoggedCalls), Is.EqualTo("SEARCH usage USING INDEX usage_transcript_alone (occurred_at_ms>? AND occurred_at_ms<?)"));
        Assert.That(Plan(JoinQueries.HoursOfNew), Does.StartWith("SEARCH usage USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"));
        Assert.That(Plan(JoinQueries.AnyAlone), Does.Contain("INDEX usage_wire_alone").And.Contain("INDEX usage_transcript_alone").And.Not.Contain("SCAN usage\n"));
        Assert.That(Plan("DELETE FROM usage_alias WHERE usage_id = 1"), Does.Contain("INDEX usage_alias_usage"));
    }
}
