using System.Buffers.Binary;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.OpenAI;
using Tracker.Proxy.Recording;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;
using static Tracker.Tests.Support.ResponsesMessages;

namespace Tracker.Tests.Proxy;

/// <summary>Responses on a WebSocket, in frames of every kind and cut everywhere.</summary>
public sealed class SocketCaptureTests
{
    private readonly UsageQueue _queue = RecordingUnderTest.QueueInMemory();
    private readonly CollectingLogger<CallCapture> _logger = new();

    [Test]
    public void Two_responses_are_two_records_wherever_the_bytes_are_cut([Values] bool fragmented, [Values] bool compressed)
    {
        using var clientDeflate = new WebSocketFrames.Deflating();
        using var upstreamDeflate = new WebSocketFrames.Deflating();
        byte[] Client(string text) => compressed ? clientDeflate.Message(text, masked: true) : fragmented ? WebSocketFrames.InFragments(text, masked: true) : WebSocketFrames.Message(text, masked: true);
        byte[] Upstream(string text) => compressed ? upstreamDeflate.Message(text) : fragmented ? WebSocketFrames.InFragments(text) : WebSocketFrames.Message(text);
        var first = (Asked: Client(Create(1)), Answer: (byte[])[.. Upstream(Created(1)), .. Upstream(Delta), .. Upstream(ToolAsked), .. Upstream(Ended(1))]);
        byte[] between = compressed ? upstreamDeflate.Message(Delta, opCode: WebSocketFrames.Binary) : WebSocketFrames.Frame(WebSocketFrames.Binary, new byte[70_000]);
        var second = (Asked: Client(Create(2)), Answer: Upstream(Ended(2, "incomplete")));

        foreach (var (asked, answer) in Pieces.InTwo(first.Asked).Select(pieces => (pieces, (IReadOnlyList<byte[]>)[first.Answer]))
            .Concat(Pieces.InTwo(first.Answer).Select(pieces => ((IReadOnlyList<byte[]>)[first.Asked], pieces)))
            .Append((Pieces.OneByOne(first.Asked), Pieces.OneByOne(first.Answer))))
        {
            using var socket = Start(compressed);
            foreach (var piece in asked)
            {
                socket.ObserveClient(piece);
            }

            foreach (var piece in answer)
            {
                socket.ObserveUpstream(piece);
            }

            Assert.That(_queue.Depth, Is.EqualTo(1), "handed over with the last byte of its last message");
            socket.ObserveUpstream(between);
            socket.ObserveClient(second.Asked);
            socket.ObserveUpstream(second.Answer);
            socket.End();

            var records = Recorded();
            Assert.That(records.Select(record => record.Key.Value), Is.EqualTo((string[])["openai:" + IdOf(1), "openai:" + IdOf(2)]));
            Assert.That(records.Select(record => (record.RequestModel, record.InputTokens, record.CacheReadTokens, record.OutputTokens, record.ReasoningTokens)),
                Is.EqualTo(((string?, long?, long?, long?, long?)[])[("gpt-1", 901, 100, 301, 42), ("gpt-2", 902, 100, 302, 42)]));
            Assert.That(records, Has.All.Matches<UsageRecord>(record => record is { Outcome: CallOutcome.Completed, Quality: CountQuality.Final, Streamed: true, StatusCode: 101 }));
            Assert.That((records[0].SessionId, records[1].SessionId, records[0].ToolCalls.Single().Name), Is.EqualTo(("s-1", "s-2", "shell")));
        }

        Assert.That(_logger.Entries, Is.Empty);
    }

    [TestCase("a", "b")]
    [TestCase(null, "b")]
    public void Responses_at_the_same_time_are_told_apart_by_their_lanes(string? one, string? other)
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, Create(1, one), Create(2, other), Create(3, other));

        UpstreamSays(socket, Created(2, other), Created(1, one), Ended(2, streamId: other), Created(3, other), Ended(1, streamId: one), Ended(3, streamId: other), Ended(4));
        socket.End();

        Assert.That(Recorded().Select(record => (record.Key.Value, record.RequestModel, record.OutputTokens)),
            Is.EqualTo(((string, string?, long?)[])[($"openai:{IdOf(2)}", "gpt-2", 302), ($"openai:{IdOf(1)}", "gpt-1", 301), ($"openai:{IdOf(3)}", "gpt-3", 303)]));
    }

    [Test]
    public void Socket_that_closes_in_the_middle_leaves_an_incomplete_record_for_each_open_response()
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, Create(1), Create(2));
        UpstreamSays(socket, Created(1), Delta);
        socket.ObserveClient(WebSocketFrames.Message(Create(3), masked: true).AsMemory()[..^1]); // Not asked to the end.
        socket.End();
        UpstreamSays(socket, Ended(1));

        Assert.That(Recorded().Select(record => (record.RequestModel, record.Outcome, record.Quality, record.OutputTokens)), Is.EqualTo(
            ((string?, CallOutcome, CountQuality, long?)[])[("gpt-1", CallOutcome.Incomplete, CountQuality.Partial, null), ("gpt-2", CallOutcome.Incomplete, CountQuality.Partial, null)]));
    }

    [TestCase("failed")]
    [TestCase(null)]
    public void Response_that_fails_is_an_error_and_the_next_one_is_counted(string? how)
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, Create(1));
        UpstreamSays(socket, how is null ? Error : Ended(1, how));
        ClientSays(socket, Create(2));
        UpstreamSays(socket, Ended(2));
        socket.End();

        Assert.That(Recorded().Select(record => (record.RequestModel, record.Outcome, record.StatusCode)),
            Is.EqualTo(((string?, CallOutcome, int?)[])[("gpt-1", CallOutcome.Error, how is null ? 429 : 101), ("gpt-2", CallOutcome.Completed, 101)]));
    }

    [TestCase("\"status_code\":503", 503)]
    [TestCase("\"status\":200", 101)]
    [TestCase("\"status\":429.5", 101)]
    [TestCase("\"status\":\"429\"", 101)]
    [TestCase("\"status\":99999999999999", 101)]
    [TestCase("\"error\":{\"status\":429}", 101)]
    public void Status_of_an_error_is_the_rows_if_it_is_one(string status, int expected)
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, Create(1));
        UpstreamSays(socket, """{"type":"response.in_progress","status":418}""", $$"""{{{status}},"type":"error"}""");

        Assert.That(Recorded().Single(), Has.Property(nameof(UsageRecord.StatusCode)).EqualTo(expected).And.Property(nameof(UsageRecord.Outcome)).EqualTo(CallOutcome.Error));
    }

    [Test]
    public void Windows_of_a_subscription_go_with_the_response_under_way_or_the_next_one([Values] bool cut)
    {
        using var socket = Start(compressed: false, ("x-codex-primary-used-percent", "10"), ("x-codex-primary-window-minutes", "300"), ("x-codex-bengalfox-primary-used-percent", "1"), ("x-codex-bengalfox-primary-window-minutes", "300"));
        ClientSays(socket, Create(1));
        foreach (var piece in cut ? Pieces.OneByOne(WebSocketFrames.Message(RateLimits(12.5))) : [WebSocketFrames.Message(RateLimits(12.5))])
        {
            socket.ObserveUpstream(piece);
        }

        UpstreamSays(socket, Ended(1), RateLimits(13), RateLimits(14, "codex_bengalfox"), RateLimits(15));
        ClientSays(socket, Create(2), Create(3, "b"));
        UpstreamSays(socket, Ended(2), Ended(3, streamId: "b"));
        socket.End();

        var reset = DateTimeOffset.FromUnixTimeSeconds(1795450000);
        Assert.That(Recorded().Select(record => record.Limits), Is.EqualTo((IReadOnlyList<LimitSample>[])[
            [new("5h_bengalfox", Some.Time, 0.01, null), new("5h", Some.Time, 0.125, reset), new("7d", Some.Time, 0.77, Some.Time.AddSeconds(60))],
            [new("5h_bengalfox", Some.Time, 0.14, reset), new("7d_bengalfox", Some.Time, 0.77, Some.Time.AddSeconds(60)), new("5h", Some.Time, 0.15, reset), new("7d", Some.Time, 0.77, Some.Time.AddSeconds(60))],
            [],
        ]));
    }

    [TestCase(null)]
    [TestCase("b")]
    public void Windows_told_while_several_responses_are_under_way_are_kept(string? lane)
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, Create(1, "a"), Create(2, "b"));
        UpstreamSays(socket, RateLimits(12.5, streamId: lane), Ended(2, streamId: "b"), Ended(1, streamId: "a"));

        Assert.That(Recorded().SelectMany(record => record.Limits).Select(limit => (limit.Window, limit.UsedFraction)), Is.EquivalentTo(((string, double)[])[("5h", 0.125), ("7d", 0.77)]));
    }

    [TestCase("""{"type":"codex.rate_limits"}""")]
    [TestCase("""{"type":"codex.rate_limits","rate_limits":null}""")]
    [TestCase("""{"type":"codex.rate_limits","rate_limits":{"primary":{"used_percent":0,"window_minutes":0,"reset_at":0},"secondary":null}}""")]
    [TestCase("""{"type":"codex.rate_limits","rate_limits":{"primary":{"used_percent":"5","window_minutes":300},"secondary":{"used_percent":-1,"window_minutes":300}}}""")]
    [TestCase("""{"type":"codex.rate_limits","rate_limits":{"primary":{"used_percent":5,"window_minutes":300}""")]
    [TestCase("""{"type":"response.metadata","rate_limits":{"primary":{"used_percent":5,"window_minutes":300}}}""")]
    [TestCase("""{"type":"response.metadata","x":{"type":"codex.rate_limits"},"rate_limits":{"primary":{"used_percent":5,"window_minutes":300}}}""")]
    public void What_tells_no_window_is_none(string message)
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, Create(1));
        UpstreamSays(socket, message, Ended(1));

        Assert.That(Recorded().Single().Limits, Is.Empty);
    }

    [Test]
    public void Other_messages_are_no_calls()
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, "", "{}", "not json", """{"type":"response.cancel"}""", """{"input":{"type":"response.create"}}""", """{"type":"response.processed","response_id":"x"}""");
        UpstreamSays(socket, Ended(1), Error, "", "[]", """{"type":"codex.rate_limits"}""");
        socket.End();

        Assert.That(Recorded(), Is.Empty);
    }

    [Test]
    public void Message_of_any_size_is_read_and_one_after_nonsense_too()
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, Create(1).Insert(1, $"\"instructions\":\"{new string('x', 5_000_000)}\","));
        UpstreamSays(socket, "{\"type\":", "\0\0", """{"type":"response.output_text.done","text":["}""", Ended(1).Insert(1, $"\"padding\":\"{new string('y', 5_000_000)}\",\n"));
        socket.End();

        Assert.That(Recorded().Single().OutputTokens, Is.EqualTo(301));
    }

    private static IEnumerable<byte[]> WrongFrames()
    {
        yield return WebSocketFrames.Frame(3, "x"u8);
        yield return WebSocketFrames.Frame(11, "x"u8);
        yield return WebSocketFrames.Frame(WebSocketFrames.Continuation, "x"u8);
        yield return WebSocketFrames.Frame(WebSocketFrames.Text, "x"u8, compressed: true);
        yield return WebSocketFrames.Frame(WebSocketFrames.Ping, "x"u8, final: false);
        yield return WebSocketFrames.Frame(WebSocketFrames.Ping, new byte[126]);
        yield return [.. WebSocketFrames.Frame(WebSocketFrames.Text, "x"u8, final: false), .. WebSocketFrames.Frame(WebSocketFrames.Text, "x"u8)];
        yield return [0xC1 | 0x20, 0x01, 0x00];
        yield return [0x80 | 0x20 | WebSocketFrames.Text, 0x01, 0x00];
        var endless = new byte[10];
        (endless[0], endless[1]) = (0x81, 127);
        BinaryPrimitives.WriteUInt64BigEndian(endless.AsSpan(2), ulong.MaxValue);
        yield return endless;
    }

    [TestCaseSource(nameof(WrongFrames))]
    public void Bytes_that_are_no_frames_end_the_reading_and_nothing_else(byte[] wrong)
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, Create(1));
        socket.ObserveUpstream(wrong);
        UpstreamSays(socket, Ended(1));
        socket.End();

        Assert.That(Recorded().Single().Outcome, Is.EqualTo(CallOutcome.Incomplete));
        Assert.That(_logger.Entries, Is.Empty);
    }

    [Test]
    public void Message_that_tells_too_late_which_of_several_responses_it_is_of_is_nobodys()
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, Create(1, "a"), Create(2, "b"));
        foreach (var piece in WebSocketFrames.Message(Ended(2, streamId: "b").Insert(1, $"\"padding\":\"{new string('y', 2_000_000)}\",")).Chunk(64 * 1024))
        {
            socket.ObserveUpstream(piece);
        }

        UpstreamSays(socket, Ended(1, streamId: "a"));
        socket.End();

        Assert.That(Recorded().Select(record => (record.RequestModel, record.Outcome)), Is.EqualTo(((string?, CallOutcome)[])[("gpt-1", CallOutcome.Completed), ("gpt-2", CallOutcome.Incomplete)]));
    }

    [Test]
    public void More_responses_than_any_client_has_under_way_are_not_recorded()
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, [.. Enumerable.Range(1, 300).Select(number => Create(number))]);
        socket.End();

        Assert.That(Recorded(), Has.Count.EqualTo(256));
    }

    [Test]
    public void Frame_that_never_ends_is_passed_over_in_constant_memory()
    {
        using var socket = Start(compressed: false);
        ClientSays(socket, Create(1));
        var endless = WebSocketFrames.Frame(WebSocketFrames.Text, "{\"type\":\""u8, lengthBytes: 8);
        BinaryPrimitives.WriteUInt64BigEndian(endless.AsSpan(2), long.MaxValue);
        socket.ObserveUpstream(endless);
        var piece = new byte[64 * 1024];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            socket.ObserveUpstream(piece);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(piece.Length));
        socket.End();
        Assert.That(Recorded().Single().Outcome, Is.EqualTo(CallOutcome.Incomplete));
    }

    [Test]
    public void Damaged_compression_ends_the_reading_and_nothing_else()
    {
        using var socket = Start(compressed: true);
        using var deflate = new WebSocketFrames.Deflating();
        socket.ObserveClient(deflate.Message(Create(1), masked: true));
        socket.ObserveUpstream(WebSocketFrames.Frame(WebSocketFrames.Text, [0xFF, 0xFF, 0xFF, 0xFF], compressed: true));
        UpstreamSays(socket, Ended(1));
        socket.End();

        Assert.That(Recorded().Single().Outcome, Is.EqualTo(CallOutcome.Incomplete));
    }

    private SocketCapture Start(bool compressed, params (string Name, string Value)[] headers)
    {
        var factory = new CallCaptureFactory(_queue, new FakeTimeProvider(Some.Time), Options.Create(new PrivacyOptions()), _logger);
        var socket = factory.StartSocket(new OpenAIResponsesSocket(), "openai", new HeaderDictionary { ["User-Agent"] = "codex_exec/0.169.0" });
        using var answer = new HttpResponseMessage(HttpStatusCode.SwitchingProtocols);
        foreach (var (name, value) in compressed ? headers.Append(("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=15")) : headers)
        {
            answer.Headers.TryAddWithoutValidation(name, value);
        }

        socket.Begin(answer.Headers);
        return socket;
    }

    private static void ClientSays(SocketCapture socket, params string[] messages)
    {
        foreach (var message in messages)
        {
            socket.ObserveClient(WebSocketFrames.Message(message, masked: true));
        }
    }

    private static void UpstreamSays(SocketCapture socket, params string[] messages)
    {
        foreach (var message in messages)
        {
            socket.ObserveUpstream(WebSocketFrames.Message(message));
        }
    }

    private List<UsageRecord> Recorded()
    {
        var records = new List<UsageRecord>();
        while (_queue.Reader.TryRead(out var queued))
        {
            records.Add(queued.Record);
        }

        return records;
    }
}
