using CsCheck;
using Dapper;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>Promise 3: any order, any repetition and any grouping of what is known of a call gives the same row.</summary>
public sealed class UsageMergeTests
{
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    // Few values, so that equal and conflicting ones meet often.
    private static readonly Gen<long?> Count = Gen.OneOf(Gen.Const((long?)null), Gen.Long[0, 3].Select(count => (long?)count), Gen.Const((long?)250_000));

    private static Gen<T?> OrNull<T>(params T?[] values) => Gen.OneOf<T?>([default, .. values]);

    private static readonly Gen<UsageRecord> Partial =
        from evidence in Gen.OneOf(Evidence.Wire, Evidence.Transcript)
        from quality in Gen.OneOf(CountQuality.Overstated, CountQuality.Partial, CountQuality.Exact, CountQuality.Final)
        from outcome in Gen.OneOf(CallOutcome.Error, CallOutcome.Incomplete, CallOutcome.Completed)
        from seconds in Gen.Int[0, 3]
        from counts in Count.Array[8]
        from texts in OrNull("a", "b", "").Array[13]
        from model in OrNull("claude-opus-4-8", "claude-sonnet-4", "unknown-model")
        from provider in OrNull("anthropic", "bedrock")
        from status in OrNull<int?>(200, 429)
        from streamed in OrNull<bool?>(true, false)
        from auth in OrNull<AuthMode?>(AuthMode.ApiKey, AuthMode.Subscription)
        from times in Count.Array[3]
        from steppedIn in OrNull<bool?>(true)
        from tools in Gen.OneOf(new ToolCall("t1", "Bash"), new ToolCall("t1", "Read"), new ToolCall("t2", "Bash"), new ToolCall("t3", "Edit")).Array[0, 3]
        select new UsageRecord
        {
            Key = Some.Key(1),
            Evidence = evidence,
            Quality = quality,
            Outcome = outcome,
            OccurredAt = Some.Time.AddSeconds(seconds),
            // The wire always knows its route.
            Provider = evidence == Evidence.Wire ? provider ?? "anthropic" : provider,
            ResponseModel = model,
            ModelSteppedIn = steppedIn,
            InputTokens = counts[0],
            OutputTokens = counts[1],
            ReasoningTokens = counts[2],
            CacheReadTokens = counts[3],
            CacheCreation5mTokens = counts[4],
            CacheCreation1hTokens = counts[5],
            WebSearchRequests = counts[6],
            ClientCostNanoUsd = counts[7],
            Client = texts[0],
            RequestModel = texts[1],
            StopReason = texts[2],
            RequestId = texts[3],
            SessionId = texts[4],
            AgentId = texts[5],
            ParentAgentId = texts[6],
            Project = texts[7],
            ServiceTier = texts[8],
            UserAgent = texts[9],
            PromptPreview = texts[10],
            Speed = texts[11],
            InferenceGeo = texts[12],
            StatusCode = status,
            Streamed = streamed,
            AuthMode = auth,
            DurationMs = times[0],
            TimeToFirstTokenMs = times[1],
            ToolCalls = tools,
        };

    [Test]
    public void Any_order_repetition_and_grouping_gives_the_same_row()
    {
        using var writer = new UsageWriter(_database.Connections, PriceBooks.Embedded);
        using var connection = _database.Connections.Open();

        // The second list is the first in another order, with repetitions, cut into transactions elsewhere.
        var gen =
            from records in Partial.Array[1, 6]
            from again in Gen.Int[0, records.Length - 1].Array[0, 5]
            from order in Gen.Shuffle(Enumerable.Range(0, records.Length).Concat(again).ToArray())
            from sizes in Gen.Int[1, 4].Array[order.Length]
            select (records, order, sizes);

        gen.Sample((records, order, sizes) =>
        {
            var expected = Store(writer, connection, [records]);
            var found = Store(writer, connection, Group(order.Select(i => records[i]).ToArray(), sizes));
            return expected == found ? true : throw new InvalidOperationException($"{expected}\n{found}");
        }, iter: 3000, threads: 1);
    }

    [Test]
    public void Row_that_is_folded_into_another_gives_the_row_of_one_key()
    {
        using var writer = new UsageWriter(_database.Connections, PriceBooks.Embedded);
        using var connection = _database.Connections.Open();
        using var upsert = new UsageUpsert(connection, PriceBooks.Embedded);
        var gen =
            from wire in Partial.Array[1, 3]
            from logged in Partial.Array[1, 3]
            select (wire: wire.Select(record => record with { Evidence = Evidence.Wire, Provider = record.Provider ?? "anthropic" }).ToArray(),
                logged: logged.Select(record => record with { Evidence = Evidence.Transcript }).ToArray());

        gen.Sample((wire, logged) =>
        {
            var expected = Store(writer, connection, [wire, logged]);
            connection.Execute("DELETE FROM usage");
            writer.Write([.. wire, .. logged.Select(record => record with { Key = UsageKey.OfTranscript("cline", "1") })]);
            var ids = connection.Query<long>("SELECT id FROM usage ORDER BY evidence").AsList();
            upsert.Fold(from: ids[1], into: ids[0]);
            connection.Execute("DELETE FROM usage WHERE id = @from", new { from = ids[1] });
            var found = Read(connection);
            return expected == found ? true : throw new InvalidOperationException($"{expected}\n{found}");
        }, iter: 1000, threads: 1);
    }

    [Test]
    public void Records_that_were_merged_before_they_were_stored_give_the_same_row()
    {
        using var writer = new UsageWriter(_database.Connections, PriceBooks.Embedded);
        using var connection = _database.Connections.Open();
        var text = OrNull("a", "b", "a\uFFFD", "a\uE000", "a\U0001F600");
        var gen =
            from records in Partial.Array[2, 5]
            from texts in text.Array[5]
            from evidence in Gen.OneOf(Evidence.Wire, Evidence.Transcript)
                // The wire always knows its route.
            select records.Select((record, i) => record with { Evidence = evidence, Provider = record.Provider ?? (evidence == Evidence.Wire ? "anthropic" : null), Project = texts[i] }).ToArray();

        gen.Sample(records =>
        {
            var expected = Store(writer, connection, [records]);
            var found = Store(writer, connection, [[records.Aggregate(UsageMerge.Of)]]);
            return expected == found ? true : throw new InvalidOperationException($"{expected}\n{found}");
        }, iter: 3000, threads: 1);
    }

    [Test]
    public void What_either_tells_of_a_subscription_is_kept_before_it_is_stored()
    {
        var (five, seven) = (new LimitSample("5h", Some.Time, 0.5, null), new LimitSample("7d", Some.Time, 0.1, null));
        var record = Some.Usage();

        Assert.That(UsageMerge.Of(record with { Limits = [five] }, record with { Limits = [seven] }).Limits, Is.EqualTo(new[] { five, seven }));
    }

    [Test]
    public void Merging_a_row_with_itself_changes_nothing_of_any_column()
    {
        var record = Some.Usage() with { ToolCalls = [new ToolCall("t1", "Bash")], StatusCode = 200, Project = "/p" };
        _database.Write(record);
        var once = _database.Rows();

        _database.Write(record, record);

        Assert.That(_database.Rows(), Is.EqualTo(once));
    }

    [Test]
    public void Counts_are_one_block_and_are_never_mixed()
    {
        var early = Some.Usage() with { Quality = CountQuality.Partial, OutputTokens = 3, InputTokens = 9_999, CacheReadTokens = 50_000 };
        var final = early with { Quality = CountQuality.Final, OutputTokens = 311, InputTokens = 1001, CacheReadTokens = null };

        _database.Write(final, early);

        var row = _database.Query("SELECT input_tokens, output_tokens, cache_read_tokens FROM usage").Single();
        Assert.That((row["input_tokens"], row["output_tokens"], row["cache_read_tokens"]), Is.EqualTo((1001L, 311L, (object?)null)));
    }

    [Test]
    public void Wires_request_id_wins_over_a_logs()
    {
        // Claude Code 2.0 logs the id of the stream that broke beside the answer that replaced it.
        var wire = Some.Usage() with { RequestId = "req_2" };
        var transcript = wire with { Evidence = Evidence.Transcript, RequestId = "req_1" };

        _database.Write(transcript, wire, transcript);

        Assert.That(_database.Scalar<string>("SELECT request_id FROM usage"), Is.EqualTo("req_2"));
    }

    [TestCase(CallOutcome.Error, CallOutcome.Completed, ExpectedResult = "error")] // Qwen Code with Gemini logs what had come before the error as a whole answer.
    [TestCase(CallOutcome.Error, CallOutcome.Incomplete, ExpectedResult = "error")]
    [TestCase(CallOutcome.Incomplete, CallOutcome.Completed, ExpectedResult = "completed")] // A client that has what it needs may hang up.
    [TestCase(CallOutcome.Completed, CallOutcome.Error, ExpectedResult = "completed")]
    public string Error_on_the_wire_is_one_whatever_the_log_says(CallOutcome onWire, CallOutcome inLog)
    {
        var wire = Some.Usage() with { Outcome = onWire };
        var transcript = wire with { Evidence = Evidence.Transcript, Outcome = inLog };

        _database.Write(transcript, wire, transcript);

        return _database.Scalar<string>("SELECT outcome FROM usage")!;
    }

    [TestCase(Evidence.Wire)]
    [TestCase(Evidence.Transcript)]
    public void Model_that_stepped_in_wins_over_the_one_that_declined_whoever_told_it(Evidence tellsIt)
    {
        var declined = Some.Usage() with { Evidence = Evidence.Wire ^ Evidence.Transcript ^ tellsIt, ResponseModel = "claude-fable-5", Project = "/p" };
        var steppedIn = declined with { Evidence = tellsIt, ResponseModel = "claude-opus-4-8", ModelSteppedIn = true };

        _database.Write(declined, steppedIn, declined);

        Assert.That(_database.Query("SELECT response_model, price_id FROM usage").Single().Values, Is.EqualTo(new object[] { "claude-opus-4-8", "anthropic/claude-opus-4-8" }));
        Assert.That(UsageMerge.Of(declined with { Evidence = tellsIt }, steppedIn).ResponseModel, Is.EqualTo("claude-opus-4-8"));
    }

    [TestCase("0-from-the-log")]
    [TestCase("z-from-the-log")]
    public void Session_of_a_log_wins_over_the_wires(string session)
    {
        var wire = Some.Usage() with { SessionId = "from-a-header" };
        var transcript = wire with { Evidence = Evidence.Transcript, SessionId = session };

        _database.Write(wire, transcript, wire);

        Assert.That(_database.Scalar<string>("SELECT session_id FROM usage"), Is.EqualTo(session));
    }

    [Test]
    public void Cost_is_that_of_the_merged_row()
    {
        // The transcript knows the counts, the wire alone knows the model.
        var transcript = Some.Usage() with { Evidence = Evidence.Transcript, Quality = CountQuality.Exact, ResponseModel = null };
        var wire = Some.Usage() with { Key = transcript.Key, Quality = CountQuality.Partial, InputTokens = 1, OutputTokens = 1, ResponseModel = "claude-opus-4-8" };

        _database.Write(transcript);
        Assert.That(_database.Scalar<long?>("SELECT cost_nano_usd FROM usage"), Is.Null);
        _database.Write(wire);

        Assert.That(_database.Scalar<long?>("SELECT cost_nano_usd FROM usage"), Is.EqualTo(46_602_250));
        Assert.That(_database.Scalar<string>("SELECT price_id FROM usage"), Is.Not.Null);
    }

    [Test]
    public void Searches_and_a_region_that_become_known_change_the_cost()
    {
        var record = Some.Usage();

        _database.Write(record, record with { WebSearchRequests = 1 });
        Assert.That(_database.Scalar<long>("SELECT cost_nano_usd FROM usage"), Is.EqualTo(46_602_250 + 10_000_000));
        _database.Write(record with { InferenceGeo = "us" });
        Assert.That(_database.Scalar<long>("SELECT cost_nano_usd FROM usage"), Is.EqualTo(51_262_475 + 10_000_000));
    }

    [Test]
    public void Call_that_failed_after_content_has_come_is_not_free_whoever_told_of_it_first()
    {
        var refused = Some.Usage() with { Outcome = CallOutcome.Error, Quality = CountQuality.Partial, InputTokens = null, OutputTokens = null };
        var brokeOff = refused with { TimeToFirstTokenMs = 40 };

        _database.Write(refused, refused);
        Assert.That(_database.Scalar<long?>("SELECT cost_nano_usd FROM usage"), Is.Zero);
        _database.Write(brokeOff, refused);
        Assert.That(_database.Scalar<long?>("SELECT cost_nano_usd FROM usage"), Is.Null);

        var statistics = new UsageStatistics(_database.Connections, TimeProvider.System);
        Assert.That(statistics.GetTotal(new UsageFilter()).UncountedCalls, Is.EqualTo(1));
        using (var rollup = new UsageRollup(_database.Connections, PriceBooks.Embedded, TimeProvider.System))
        {
            while (rollup.Advance(TimeSpan.Zero))
            {
            }
        }

        Assert.That(statistics.GetTotal(new UsageFilter()).UncountedCalls, Is.EqualTo(1));
    }

    [Test]
    public void Call_keeps_its_cost_when_the_book_changes_and_it_is_told_of_again()
    {
        using var settings = new TempDirectory();
        var prices = new PriceBooks(settings.Path);
        using var writer = new UsageWriter(_database.Connections, prices);
        var record = Some.Usage();
        writer.Write([record]);
        Halve(settings, prices);

        // The log has seen it a second later and knows the project.
        writer.Write([record with { Evidence = Evidence.Transcript, Quality = CountQuality.Exact, OccurredAt = record.OccurredAt.AddSeconds(1), Project = "/p" }, record]);

        Assert.That(CostOf(), Is.EqualTo((46_602_250L, "anthropic/claude-opus-4-8")));
        Assert.That(_database.Scalar<string>("SELECT project FROM usage"), Is.EqualTo("/p"));
    }

    [Test]
    public void Call_of_which_more_becomes_known_gets_the_cost_of_the_present_book()
    {
        using var settings = new TempDirectory();
        var prices = new PriceBooks(settings.Path);
        using var writer = new UsageWriter(_database.Connections, prices);
        var early = Some.Usage() with { Quality = CountQuality.Partial, OutputTokens = 1 };
        writer.Write([early]);
        Halve(settings, prices);

        writer.Write([Some.Usage() with { Key = early.Key, Quality = CountQuality.Final }]);
        Assert.That(CostOf(), Is.EqualTo((23_301_125L, "anthropic/claude-opus-4-8*0.5")));

        writer.Write([early with { Speed = "fast" }]);
        Assert.That(CostOf(), Is.EqualTo((46_602_250L, "anthropic/claude-opus-4-8*0.5")));
    }

    private static void Halve(TempDirectory settings, PriceBooks prices)
    {
        File.WriteAllText(settings.File(PriceBooks.OwnFileName), """{ "discounts": [ { "provider": "anthropic", "times": 0.5 } ] }""");
        prices.LookAgain();
    }

    private (long, string) CostOf() => _database.Query("SELECT cost_nano_usd, price_id FROM usage").Select(row => ((long)row["cost_nano_usd"]!, (string)row["price_id"]!)).Single();

    private static UsageRecord[][] Group(UsageRecord[] records, int[] sizes)
    {
        var groups = new List<UsageRecord[]>();
        for (int taken = 0, i = 0; taken < records.Length; taken += sizes[i++])
        {
            groups.Add(records.Skip(taken).Take(sizes[i]).ToArray());
        }

        return [.. groups];
    }

    private static string Store(UsageWriter writer, Microsoft.Data.Sqlite.SqliteConnection connection, UsageRecord[][] groups)
    {
        connection.Execute("DELETE FROM usage");
        foreach (var group in groups)
        {
            writer.Write(group);
        }

        return Read(connection);
    }

    private static string Read(Microsoft.Data.Sqlite.SqliteConnection connection)
    {
        var row = (IDictionary<string, object?>)connection.QuerySingle("SELECT * FROM usage");
        var tools = connection.Query<string>("SELECT tool_use_id || '=' || name FROM tool_call ORDER BY tool_use_id");
        return string.Join(' ', row.Where(column => column.Key != "id").Select(column => $"{column.Key}={column.Value ?? "null"}").Concat(tools));
    }
}
