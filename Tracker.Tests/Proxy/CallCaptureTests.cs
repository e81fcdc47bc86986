using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Tracker.Proxy;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers;
using Tracker.Proxy.Providers.Anthropic;
using Tracker.Proxy.Providers.Gemini;
using Tracker.Proxy.Providers.Ollama;
using Tracker.Proxy.Providers.OpenAI;
using Tracker.Proxy.Recording;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class CallCaptureTests
{
    private readonly UsageQueue _queue = RecordingUnderTest.QueueInMemory();
    private readonly CollectingLogger<CallCapture> _logger = new();
    private readonly FakeTimeProvider _time = new(Some.Time);
    private readonly HeaderDictionary _headers = [];

    [Test]
    public void Call_is_handed_over_with_the_last_piece_of_its_answer_and_once()
    {
        using var capture = Start();
        capture.ObserveRequest("""{"model":"opus","stream":true}"""u8.ToArray());
        _time.Advance(TimeSpan.FromSeconds(2));
        using var response = Response("text/event-stream; charset=utf-8");
        response.Headers.Add("request-id", "req_1");
        capture.ObserveResponse(response);
        capture.ObserveResponse(Encoding.UTF8.GetBytes(AnthropicAnswers.Start(1) + AnthropicAnswers.Content));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.That(_queue.Depth, Is.Zero);

        capture.ObserveResponse(Encoding.UTF8.GetBytes(AnthropicAnswers.Delta(1) + AnthropicAnswers.Stop));
        Assert.That(_queue.Depth, Is.EqualTo(1));
        capture.End(null);

        var record = Recorded();
        Assert.That((record.Key.Value, record.RequestId, record.StatusCode), Is.EqualTo(("anthropic:" + AnthropicAnswers.IdOf(1), "req_1", 200)));
        Assert.That((record.Evidence, record.Quality, record.Outcome), Is.EqualTo((Evidence.Wire, CountQuality.Final, CallOutcome.Completed)));
        Assert.That((record.OccurredAt, record.DurationMs, record.TimeToFirstTokenMs), Is.EqualTo((Some.Time, 7000, 2000)));
        Assert.That((record.RequestModel, record.ResponseModel, record.Streamed, record.OutputTokens), Is.EqualTo(("opus", "claude-opus-4-8", true, 311)));
    }

    [Test]
    public void Request_id_is_the_vendors_own_and_of_a_bounded_length()
    {
        using var capture = Start();
        using var response = Response("application/json");
        response.Headers.Add("x-request-id", "of-a-gateway");
        response.Headers.Add("request-id", new string('r', 100_000));
        capture.ObserveResponse(response);
        capture.End(null);

        Assert.That(Recorded().RequestId, Is.EqualTo(new string('r', CallHeaders.LongestText)));
    }

    [TestCase("load", 0)]
    [TestCase("stop", 1)]
    public void Model_that_is_loaded_makes_no_row(string reason, int rows)
    {
        using var capture = Start(new OllamaChat(), path: "/api/generate");
        using var response = Response("application/json");
        capture.ObserveResponse(response);

        capture.ObserveResponse(Encoding.UTF8.GetBytes($$"""{"model":"m","response":"","done":true,"done_reason":"{{reason}}"}"""));
        capture.End(null);

        Assert.That(_queue.Depth, Is.EqualTo(rows));
    }

    [TestCase("", "flex")]
    [TestCase("\"serviceTier\":\"standard\",", "standard")]
    public void Tier_in_geminis_header_counts_where_the_body_tells_none(string field, string tier)
    {
        using var capture = Start(new GeminiContent(), path: "/v1beta/models/gemini-m:generateContent");
        using var response = Response("application/json");
        response.Headers.Add("x-gemini-service-tier", "flex");
        capture.ObserveResponse(response);

        capture.ObserveResponse(Encoding.UTF8.GetBytes($$$"""{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{{{{field}}}"promptTokenCount":9,"candidatesTokenCount":1}}"""));
        capture.End(null);

        Assert.That(Recorded().ServiceTier, Is.EqualTo(tier));
    }

    // Some servers write whole numbers with a fraction, and such as cannot be counts.
    [TestCase("""{"prompt_tokens":100.0,"completion_tokens":50.0}""", 100, 50, CountQuality.Final)]
    [TestCase("""{"prompt_tokens":100,"completion_tokens":50.5}""", 100, null, CountQuality.Partial)]
    [TestCase("""{"prompt_tokens":100}""", 100, null, CountQuality.Partial)]
    [TestCase("""{"completion_tokens":50}""", null, 50, CountQuality.Partial)]
    public void Counts_are_final_when_both_are_known(string usage, long? input, long? output, CountQuality quality)
    {
        using var capture = Start(new OpenAIChat(), path: "/v1/chat/completions");
        using var response = Response("application/json");
        capture.ObserveResponse(response);

        capture.ObserveResponse(Encoding.UTF8.GetBytes($$"""{"id":"chatcmpl-0123456789abcdef","model":"gpt-4o-2024-08-06","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{{usage}}}"""));
        capture.End(null);

        var record = Recorded();
        Assert.That((record.InputTokens, record.OutputTokens, record.Quality, record.Outcome), Is.EqualTo((input, output, quality, CallOutcome.Completed)));
    }

    [TestCase(null)]
    [TestCase("text/plain")]
    public void Stream_whose_header_does_not_say_so_is_read_all_the_same(string? contentType)
    {
        using var capture = Start();
        using var response = Response(contentType);
        capture.ObserveResponse(response);

        foreach (var piece in Pieces.OneByOne(Encoding.UTF8.GetBytes(AnthropicAnswers.Stream(1))))
        {
            capture.ObserveResponse(piece);
        }

        var record = Recorded();
        Assert.That((record.Key.Value, record.Outcome, record.Quality, record.OutputTokens), Is.EqualTo(("anthropic:" + AnthropicAnswers.IdOf(1), CallOutcome.Completed, CountQuality.Final, 311)));
    }

    [Test]
    public void Compaction_and_advice_are_rows_of_their_own_that_were_no_request()
    {
        _headers["X-Claude-Code-Session-Id"] = "session";
        _headers["User-Agent"] = "claude-cli/2.1.197 (external, sdk-cli)";
        using var capture = Start(storePromptPreview: true);
        capture.ObserveRequest("""{"model":"sonnet","messages":[{"role":"user","content":"Hello?"}]}"""u8.ToArray());
        using var response = Response("application/json");
        response.Headers.Add("request-id", "req_1");
        response.Headers.Add("anthropic-ratelimit-unified-5h-utilization", "0.5");
        capture.ObserveResponse(response);
        _time.Advance(TimeSpan.FromSeconds(2));

        capture.ObserveResponse("""{"id":"msg_01TEST000000000000000001","type":"message","model":"claude-sonnet-4-5","content":[{"type":"server_tool_use","id":"srvtoolu_1","name":"advisor"}],"stop_reason":"end_turn","usage":{"input_tokens":2,"output_tokens":491,"service_tier":"priority","speed":"fast","inference_geo":"us","iterations":[{"type":"advisor_message","model":"claude-opus-4-8","input_tokens":159419,"output_tokens":7805,"cache_read_input_tokens":3,"cache_creation_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30}},{"type":"compaction","input_tokens":180000,"output_tokens":3500},{"type":"advisor_message","model":"claude-haiku-4-5","output_tokens":9}]}}"""u8.ToArray());
        capture.End(null);

        var records = new List<UsageRecord>();
        while (_queue.Reader.TryRead(out var queued))
        {
            records.Add(queued.Record);
        }

        Assert.That(records.Select(record => (record.Key.Value, record.ResponseModel, record.OutputTokens)), Is.EqualTo(new[]
        {
            ("anthropic:msg_01TEST000000000000000001", "claude-sonnet-4-5", (long?)491),
            ("anthropic:msg_01TEST000000000000000001#advisor1", "claude-opus-4-8", 7805),
            ("anthropic:msg_01TEST000000000000000001#compaction1", "claude-sonnet-4-5", 3500),
            ("anthropic:msg_01TEST000000000000000001#advisor2", "claude-haiku-4-5", 9),
        }));
        var (call, advice, compaction) = (records[0], records[1], records[2]);
        Assert.That(advice.Key.IsOfUpstream, Is.True);
        Assert.That((advice.InputTokens, advice.CacheReadTokens, advice.CacheCreation5mTokens, advice.CacheCreation1hTokens), Is.EqualTo((159_419, 3, 20, 30)));
        Assert.That((advice.Evidence, advice.Quality, advice.Outcome, advice.OccurredAt), Is.EqualTo((Evidence.Wire, CountQuality.Final, CallOutcome.Completed, Some.Time)));
        Assert.That((advice.Provider, advice.Client, advice.SessionId, advice.RequestId, advice.InferenceGeo), Is.EqualTo(("anthropic", "claude-code", "session", "req_1", "us")));
        Assert.That((advice.StatusCode, advice.DurationMs, advice.Streamed, advice.TimeToFirstTokenMs, advice.RequestModel, advice.PromptPreview), Is.EqualTo(((int?)null, (long?)null, (bool?)null, (long?)null, (string?)null, (string?)null)));
        Assert.That((advice.StopReason, advice.ServiceTier, advice.Speed, advice.WebSearchRequests, advice.ReasoningTokens), Is.EqualTo(((string?)null, (string?)null, (string?)null, (long?)null, (long?)null)));
        Assert.That(compaction, Is.EqualTo(advice with
        {
            Key = compaction.Key,
            RequestModel = "sonnet",
            ResponseModel = "claude-sonnet-4-5",
            InputTokens = 180_000,
            OutputTokens = 3500,
            CacheReadTokens = null,
            CacheCreation5mTokens = null,
            CacheCreation1hTokens = null,
            ServiceTier = "priority",
            Speed = "fast",
        }), "all else alike");
        Assert.That((call.StatusCode, call.Limits.Count, call.ToolCalls.Count, call.PromptPreview), Is.EqualTo((200, 1, 1, "Hello?")));
        Assert.That((advice.Limits.Count, advice.ToolCalls.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Clock_that_is_set_back_or_forth_changes_no_duration([Values(-1, 1)] int days)
    {
        var clock = new JumpingClock();
        using var capture = new CallCaptureFactory(_queue, clock, Options.Create(new PrivacyOptions()), _logger).Start(new AnthropicMessages(), "/v1/messages", "anthropic", _headers);
        clock.Now = clock.Now.AddDays(days);
        capture.End(502);

        var record = Recorded();
        Assert.That((record.OccurredAt, record.DurationMs), Is.EqualTo((Some.Time, 2000)));
    }

    [TestCase("gzip")]
    [TestCase("br")]
    [TestCase("zstd")]
    [TestCase("compress")]
    public void Body_that_cannot_be_decoded_fails_nothing_and_the_call_is_recorded_without_counts(string encoding)
    {
        using var capture = Start();
        using var response = Response("application/json", encoding);
        capture.ObserveResponse(response);

        capture.ObserveResponse(Encoding.UTF8.GetBytes(AnthropicAnswers.Message(1)));
        capture.ObserveResponse("more"u8.ToArray());
        capture.End(null);

        var record = Recorded();
        Assert.That((record.Outcome, record.Quality, record.OutputTokens, record.StatusCode), Is.EqualTo((CallOutcome.Incomplete, CountQuality.Partial, (long?)null, 200)));
        Assert.That(record.Key.Value, Does.StartWith("proxy:"));
        Assert.That(_logger.Entries, Is.Empty);
    }

    [Test]
    public void Damage_in_the_middle_keeps_what_came_before_it()
    {
        using var encoded = new MemoryStream();
        using var gzip = new GZipStream(encoded, CompressionLevel.Optimal);
        gzip.Write(Encoding.UTF8.GetBytes(AnthropicAnswers.Start(1)));
        gzip.Flush();
        using var capture = Start();
        using var response = Response("text/event-stream", "gzip");
        capture.ObserveResponse(response);

        capture.ObserveResponse(encoded.ToArray());
        capture.ObserveResponse(Enumerable.Repeat((byte)0xFF, 100).ToArray());
        capture.End(null);

        var record = Recorded();
        Assert.That((record.Key.Value, record.InputTokens, record.Outcome), Is.EqualTo(("anthropic:" + AnthropicAnswers.IdOf(1), 1001, CallOutcome.Incomplete)));
    }

    [TestCase(529, CallOutcome.Error)]
    [TestCase(400, CallOutcome.Error)]
    public void Refused_call_is_an_error_and_its_body_is_not_read(int status, CallOutcome outcome)
    {
        using var capture = Start();
        using var response = Response("application/json", status: (HttpStatusCode)status);
        capture.ObserveResponse(response);

        capture.ObserveResponse(Encoding.UTF8.GetBytes(AnthropicAnswers.Message(1)));
        capture.End(null);

        var record = Recorded();
        Assert.That((record.Outcome, record.Quality, record.StatusCode, record.OutputTokens), Is.EqualTo((outcome, CountQuality.Final, status, (long?)null)));
    }

    [Test]
    public void Call_without_an_answer_has_the_status_that_the_client_got_or_none()
    {
        using var refused = Start();
        refused.End(502);
        var record = Recorded();
        Assert.That((record.Outcome, record.StatusCode), Is.EqualTo((CallOutcome.Error, 502)));

        using var hungUp = Start();
        hungUp.End(null);
        record = Recorded();
        Assert.That((record.Outcome, record.StatusCode), Is.EqualTo((CallOutcome.Incomplete, (int?)null)));
    }

    [Test]
    public void Reader_that_throws_is_reported_once_and_fails_nothing()
    {
        using var capture = Start(new ThrowingEndpoint());
        using var response = Response("application/json");

        capture.ObserveRequest("{}"u8.ToArray());
        capture.ObserveRequest("{}"u8.ToArray());
        capture.ObserveResponse(response);
        capture.ObserveResponse("{}"u8.ToArray());
        capture.End(null);

        Assert.That(Recorded().StatusCode, Is.EqualTo(200));
        Assert.That(_logger.Ids, Is.EqualTo(new[] { EventIds.CaptureFailed }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Prompt_is_kept_only_when_the_user_asked_for_it(bool isWanted)
    {
        using var capture = Start(storePromptPreview: isWanted);

        capture.ObserveRequest("""{"messages":[{"role":"user","content":"a secret"}]}"""u8.ToArray());
        capture.End(null);

        Assert.That(Recorded().PromptPreview, Is.EqualTo(isWanted ? "a secret" : null));
    }

    [TestCase("completed", CallOutcome.Completed)]
    [TestCase("incomplete", CallOutcome.Completed)]
    [TestCase("failed", CallOutcome.Error)]
    [TestCase("cancelled", CallOutcome.Incomplete)]
    public void Response_that_is_fetched_makes_a_record_of_the_call_that_made_it(string status, CallOutcome outcome)
    {
        using var response = Response("application/json");
        response.Headers.Add("x-request-id", "req_of_the_fetch");
        _headers["User-Agent"] = "curl/8.5.0";
        _headers["session-id"] = "of the fetch";
        Fetch(response, $$$"""{"id":"resp_0123456789abcdef","created_at":{{{Some.Time.ToUnixTimeSeconds() - 100}}},"status":"{{{status}}}","model":"m","usage":{"input_tokens":3,"output_tokens":4}}""");

        var record = Recorded();
        Assert.That((record.Key.Value, record.Outcome, record.StopReason, record.OutputTokens), Is.EqualTo(("openai:resp_0123456789abcdef", outcome, status, 4)));
        Assert.That(record.OccurredAt, Is.EqualTo(DateTimeOffset.FromUnixTimeSeconds(Some.Time.ToUnixTimeSeconds() - 99)));
        Assert.That((record.DurationMs, record.TimeToFirstTokenMs, record.RequestId, record.Streamed), Is.EqualTo(((long?)null, (long?)null, (string?)null, (bool?)null)));
        Assert.That((record.Client, record.UserAgent, record.SessionId, record.AgentId), Is.EqualTo(((string?)null, (string?)null, (string?)null, (string?)null)));
    }

    [Test]
    public void Call_that_is_fetched_within_its_second_was_not_made_later_than_it_is_fetched()
    {
        using var response = Response("application/json");
        Fetch(response, $$$"""{"id":"resp_0123456789abcdef","created_at":{{{Some.Time.ToUnixTimeSeconds()}}},"status":"completed","usage":{"input_tokens":3,"output_tokens":4}}""");

        Assert.That(Recorded().OccurredAt, Is.EqualTo(Some.Time));
    }

    [TestCase("""{"id":"resp_0123456789abcdef","created_at":1,"status":"queued","usage":null}""", HttpStatusCode.OK)]
    [TestCase("""{"id":"resp_0123456789abcdef","created_at":1,"status":"in_progress"}""", HttpStatusCode.OK)]
    [TestCase("""{"id":"resp_0123456789abcdef","status":"completed","usage":{"output_tokens":4}}""", HttpStatusCode.OK)]
    [TestCase("""{"id":"resp_0123456789abcdef","created_at":0,"status":"completed","usage":{"output_tokens":4}}""", HttpStatusCode.OK)]
    [TestCase("""{"id":"short","created_at":1,"status":"completed","usage":{"output_tokens":4}}""", HttpStatusCode.OK)]
    [TestCase("""{"error":{"message":"not found"}}""", HttpStatusCode.NotFound)]
    [TestCase("", HttpStatusCode.OK)]
    public void Fetch_that_tells_no_call_that_is_over_makes_no_record(string body, HttpStatusCode status)
    {
        using var response = Response("application/json", status: status);
        Fetch(response, body);

        Assert.That(_queue.Depth, Is.Zero);
    }

    private void Fetch(HttpResponseMessage response, string body)
    {
        using var capture = Start(new OpenAIStoredResponse());
        capture.ObserveResponse(response);
        capture.ObserveResponse(Encoding.UTF8.GetBytes(body));
        capture.End(null);
    }

    private static HttpResponseMessage Response(string? contentType, string? encoding = null, HttpStatusCode status = HttpStatusCode.OK)
    {
        var content = new ByteArrayContent([]);
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return new HttpResponseMessage(status) { Content = content };
    }

    private CallCapture Start(IModelEndpoint? endpoint = null, bool storePromptPreview = false, string path = "/v1/messages") =>
        new CallCaptureFactory(_queue, _time, Options.Create(new PrivacyOptions { StorePromptPreview = storePromptPreview }), _logger)
            .Start(endpoint ?? new AnthropicMessages(), path, "anthropic", _headers);

    /// <summary>The one record that was handed over.</summary>
    private UsageRecord Recorded()
    {
        Assert.That(_queue.Reader.TryRead(out var queued), Is.True);
        Assert.That(_queue.Depth, Is.Zero);
        return queued.Record;
    }

    /// <summary>Says whatever time it is told, while two seconds pass between one look and the next.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        private long _timestamp;

        public DateTimeOffset Now { get; set; } = Some.Time;

        public override long TimestampFrequency => 1;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => _timestamp += 2;
    }

    private sealed class ThrowingEndpoint : IModelEndpoint, IRequestReader, IUsageReader
    {
        public ObservedRequest Request => new();

        public ObservedUsage Usage => new() { DialectNamespace = "none" };

        public bool IsComplete => false;

        public bool HasContent => false;

        public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) => this;

        public IUsageReader CreateUsageReader(BodyFormat format) => this;

        public void Read(ReadOnlySpan<byte> bytes) => throw new InvalidOperationException("A fault of our own.");

        public void EndMessage()
        {
        }
    }
}
