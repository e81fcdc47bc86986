using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.Anthropic;
using Tracker.Storage.Usage;
using Tracker.Tests.Proxy;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>One answer with a compaction and advice, as the wire carries it and as Claude Code logs it: both make the same rows of it.</summary>
public sealed class IterationsTests
{
    private const string Counts = "response_model, provider, client, session_id, input_tokens, output_tokens, reasoning_tokens, cache_read_tokens, cache_creation_5m_tokens, cache_creation_1h_tokens, web_search_requests, cost_nano_usd";

    private const string Usage = """
        {"input_tokens":23000,"output_tokens":1000,"cache_read_input_tokens":11,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"server_tool_use":{"web_search_requests":2},"iterations":[
        {"type":"compaction","input_tokens":180000,"output_tokens":3500,"cache_read_input_tokens":4,"cache_creation_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":5}},
        {"type":"message","input_tokens":23000,"output_tokens":900},
        {"type":"advisor_message","model":"claude-opus-4-8","input_tokens":24000,"output_tokens":1500,"cache_read_input_tokens":0,"cache_creation_input_tokens":0},
        {"type":"message","input_tokens":0,"output_tokens":100}]}
        """;

    private TestDatabase _database = null!;
    private ClaudeHome _home = null!;

    [Test]
    public void Model_that_stepped_in_and_its_split_stand_whatever_runs_follow()
    {
        var iterations = new UsageIterations();
        iterations.TryAdd("fallback_message", "claude-opus-4-8", new TokenBlock(12, 264, 0, new CacheCreation(30_000, 22_000)));
        iterations.TryAdd("fallback_message", null, default);
        iterations.TryAdd("message", "claude-fable-5", new TokenBlock(10, 31, 0, new CacheCreation(0, 2000)));

        Assert.That(iterations.FallbackModel, Is.EqualTo("claude-opus-4-8"));
        Assert.That(iterations.WithSplitOf(new TokenBlock(12, 264, 0, new CacheCreation(52_000, 0))).CacheCreation, Is.EqualTo(new CacheCreation(30_000, 22_000)));
    }

    [TestCase(IterationKind.Compaction, true)]
    [TestCase(IterationKind.Advisor, null)]
    public void Compaction_is_of_the_model_that_stepped_in_and_advice_is_not(IterationKind kind, bool? expected) =>
        Assert.That(new IterationUsage(kind, 1, "m", default).ToRecord(Some.Usage() with { ModelSteppedIn = true }).ModelSteppedIn, Is.EqualTo(expected));

    [SetUp]
    public void SetUp()
    {
        _database = new TestDatabase();
        _home = new ClaudeHome(_database);
    }

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Wire_and_transcript_alone_give_the_same_counts_and_costs([Values] bool isEventStream)
    {
        using var other = new TestDatabase();
        other.Write([.. WireRecords(isEventStream)]);
        WriteTranscript();

        var report = _home.Import();

        var logged = _database.Query($"SELECT {Counts} FROM usage ORDER BY usage_key").Select(row => string.Join(' ', row.Values)).ToList();
        Assert.That(logged, Is.EqualTo(other.Query($"SELECT {Counts} FROM usage ORDER BY usage_key").Select(row => string.Join(' ', row.Values))));
        // Sonnet 4.5 costs twice as much above 200,000 tokens, which both runs together have and none alone. Per million
        // 23,000 × $3 + 1000 × $15 + 11 × $0.30 + 10 × $3.75 + 20 × $6, and 2 × $0.01; 24,000 × $5 + 1500 × $25; 180,000 × $3 + 3500 × $15 + 4 × $0.30 + 2 × $3.75 + 5 × $6.
        Assert.That(logged, Is.EqualTo(new[]
        {
            "claude-sonnet-4-5 anthropic claude-code session-1 23000 1000  11 10 20 2 104160800",
            "claude-opus-4-8 anthropic claude-code session-1 24000 1500  0 0 0  157500000",
            "claude-sonnet-4-5 anthropic claude-code session-1 180000 3500  4 2 5  592538700",
        }));
        Assert.That(report.Trouble, Is.Empty);
        Assert.That(report.Records, Is.EqualTo(7), "of three lines, two with a compaction and advice");
    }

    [Test]
    public void Call_that_both_saw_is_one_row_and_its_compaction_and_advice_others_whichever_side_came_first([Values] bool wireFirst)
    {
        WriteTranscript();
        if (!wireFirst)
        {
            _home.Import();
        }

        _database.Write([.. WireRecords(isEventStream: true)]);
        _home.Import();

        var rows = _database.Query("SELECT usage_key, evidence, quality, input_tokens, output_tokens, status_code, duration_ms, project FROM usage ORDER BY usage_key").Select(row => string.Join(' ', row.Values));
        Assert.That(rows, Is.EqualTo(new[]
        {
            $"anthropic:{ClaudeHome.Id(1)} 3 3 23000 1000 200 0 /home/dev/project",
            $"anthropic:{ClaudeHome.Id(1)}#advisor1 3 3 24000 1500   /home/dev/project",
            $"anthropic:{ClaudeHome.Id(1)}#compaction1 3 3 180000 3500   /home/dev/project",
        }));
    }

    private void WriteTranscript()
    {
        // As for a call of two blocks: the first line has the counts of the beginning.
        var begun = ClaudeHome.Line(1, output: 3, stopReason: null);
        var whole = begun.Replace("\"stop_reason\":null,\"usage\":{", $"\"stop_reason\":\"end_turn\",\"usage\":{Usage.ReplaceLineEndings("")},\"before\":{{", StringComparison.Ordinal);
        _home.Write("a.jsonl", begun, whole, whole);
    }

    private static List<UsageRecord> WireRecords(bool isEventStream)
    {
        var queue = RecordingUnderTest.QueueInMemory();
        var headers = new HeaderDictionary { ["X-Claude-Code-Session-Id"] = "session-1", ["User-Agent"] = "claude-cli/2.1.197 (external, sdk-cli)" };
        using var capture = new CallCaptureFactory(queue, new FakeTimeProvider(Some.Time), Options.Create(new PrivacyOptions()), NullLogger<CallCapture>.Instance)
            .Start(new AnthropicMessages(), "/v1/messages", "anthropic", headers);
        using var response = new HttpResponseMessage { Content = new StringContent("", Encoding.UTF8, isEventStream ? "text/event-stream" : "application/json") };
        capture.ObserveResponse(response);
        var usage = Usage.ReplaceLineEndings("");
        capture.ObserveResponse(Encoding.UTF8.GetBytes(isEventStream
            ? $$$$"""
                data: {"type":"message_start","message":{"id":"{{{{ClaudeHome.Id(1)}}}}","type":"message","model":"claude-sonnet-4-5","usage":{"input_tokens":1,"output_tokens":3}}}

                data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{{{{usage}}}}}

                data: {"type":"message_stop"}


                """
            : $$"""{"id":"{{ClaudeHome.Id(1)}}","type":"message","model":"claude-sonnet-4-5","stop_reason":"end_turn","usage":{{usage}}}"""));
        capture.End(null);

        var records = new List<UsageRecord>();
        while (queue.Reader.TryRead(out var queued))
        {
            records.Add(queued.Record);
        }

        return records;
    }
}
