using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers;
using Tracker.Proxy.Providers.Anthropic;
using Tracker.Proxy.Providers.Gemini;
using Tracker.Proxy.Providers.OpenAI;
using Tracker.Proxy.Recording;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

/// <summary>How a call's client and session are known, by its headers and its body.</summary>
public sealed class CallerTests
{
    // The beginnings of the bodies as they were recorded (Cline 3.0.65, opencode 1.1.27, Copilot CLI 1.0.102), shortened, and some that nobody sends.
    private const string Cline = "You are Cline, an AI coding agent. Your primary goal is …";
    private const string OpenCode = "You are OpenCode, the best coding agent on the planet.\\n\\nYou are an interactive CLI tool";

    private static IEnumerable<TestCaseData> SystemPrompts()
    {
        yield return Case(new AnthropicMessages(), "cline", $$"""{"system":[{"type":"text","text":"{{Cline}}"}],"messages":[]}""");
        yield return Case(new AnthropicMessages(), "opencode", $$"""{"messages":[{"role":"user","content":"{{Cline}}"}],"system":[{"type":"text","text":"x"},{"type":"text","text":"{{OpenCode}}"}]}""");
        yield return Case(new AnthropicMessages(), "cline", $$"""{"system":"{{Cline}}"}""");
        yield return Case(new AnthropicMessages(), null, $$"""{"messages":[{"role":"user","content":"{{Cline}}"}],"system":"Be brief. {{Cline}}","tools":[{"system":"{{Cline}}"}]}""");
        yield return Case(new OpenAIChat(), "cline", $$"""{"messages":[{"role":"system","content":"{{Cline}}"},{"role":"user","content":"x"}]}""");
        yield return Case(new OpenAIChat(), "cline", $$"""{"messages":[{"content":[{"type":"text","text":"{{Cline}}"},{"type":"text","text":"{{OpenCode}}"}],"role":"developer"}]}""");
        yield return Case(new OpenAIChat(), "opencode", """{"messages":[{"role":"system","content":"You are opencode, an interactive CLI tool"}]}""");
        yield return Case(new OpenAIChat(), null, $$"""{"messages":[{"role":"user","content":"{{Cline}}"}]}""");
        yield return Case(new OpenAIChat(), null, $$"""{"messages":[{"role":"user","content":"x"},{"role":"system","content":"{{Cline}}"}]}""");
        yield return Case(new OpenAIChat(), null, """{"messages":[{"role":"system","content":"You are Clinez"},{"role":"system","content":7}],"system":"You are Cline, x"}""");
        yield return Case(new OpenAIResponses(), "cline", $$"""{"input":"x","instructions":"{{Cline}}"}""");
        yield return Case(new OpenAIResponses(), "opencode", $$"""{"input":[{"role":"developer","content":"{{OpenCode}}"},{"role":"user","content":[{"type":"input_text","text":"x"}]}]}""");
        yield return Case(new AnthropicMessages(), "openclaw", """{"system":[{"type":"text","text":"<!-- openclaw:attempt:STABLE -->\nYou are a personal assistant running inside OpenClaw.\n## Tooling"}],"messages":[]}""");
        yield return Case(new OpenAIChat(), "openclaw", """{"messages":[{"role":"system","content":"You are a personal assistant running inside OpenClaw.\n## Tooling"}]}""");
        yield return Case(new OpenAIChat(), "pi", """{"messages":[{"role":"developer","content":"You are an expert coding assistant operating inside pi, a coding agent harness. You help users"}]}""");
        yield return Case(new GeminiContent(), "opencode", $$"""{"contents":[],"systemInstruction":{"parts":[{"text":"{{OpenCode}}"}]} }""");

        static TestCaseData Case(IModelEndpoint endpoint, string? client, string body) => new TestCaseData(endpoint, client, body).SetArgDisplayNames(endpoint.GetType().Name, client ?? "none", body);
    }

    private readonly UsageQueue _queue = RecordingUnderTest.QueueInMemory();
    private readonly HeaderDictionary _headers = [];

    [TestCaseSource(nameof(SystemPrompts))]
    public void Client_whose_user_agent_names_the_SDK_only_is_known_by_how_its_system_prompt_begins(object endpoint, string? client, string body)
    {
        foreach (var (userAgent, expected) in ((string?, string?)[])[("ai-sdk/anthropic/2.0.57 runtime/bun/1.3.5", client ?? "ai-sdk"), (null, client), ("undici", client ?? "undici"), ("Qwen/1", "qwen")])
        {
            _headers["User-Agent"] = userAgent;
            foreach (var pieces in Pieces.InTwo(Encoding.UTF8.GetBytes(body)))
            {
                Assert.That(RecordOf((IModelEndpoint)endpoint, 529, [.. pieces]), Has.Property(nameof(UsageRecord.Client)).EqualTo(expected).And.Property(nameof(UsageRecord.PromptPreview)).Null);
            }
        }
    }

    [TestCase("codex_exec/0.169.0 (Debian 12.0.0; x86_64)", true)]
    [TestCase("opencode/1.18.33 ai-sdk/provider-utils/4.0.46", true)]
    [TestCase("OpenAI/JS 5.20.1", false)]
    [TestCase(null, false)]
    public void Prompt_cache_key_is_the_session_of_clients_that_mean_it(string? userAgent, bool isSession)
    {
        _headers["User-Agent"] = userAgent;
        _headers["x-initiator"] = "user"; // Copilot CLI's key is a hash.
        foreach (var endpoint in (IModelEndpoint[])[new OpenAIChat(), new OpenAIResponses()])
        {
            var record = RecordOf(endpoint, 200, """{"model":"gpt-5","prompt_cache_key":"2eab5d34bc2c0d45da024557f13648c7"}"""u8.ToArray());

            Assert.That(record.SessionId, Is.EqualTo(isSession ? "2eab5d34bc2c0d45da024557f13648c7" : null));
        }
    }

    [Test]
    public void Session_in_the_headers_goes_before_the_one_in_the_body()
    {
        _headers["X-Claude-Code-Session-Id"] = "from the headers";

        var record = RecordOf(new AnthropicMessages(), 200, """{"metadata":{"user_id":"user_1_account__session_from the body"}}"""u8.ToArray());

        Assert.That(record.SessionId, Is.EqualTo("from the headers"));
    }

    [Test]
    public void Body_that_is_a_text_alone_is_no_session()
    {
        foreach (var endpoint in (IModelEndpoint[])[new OpenAIChat(), new OpenAIResponses(), new OpenAIEmbeddings()])
        {
            Assert.That(RecordOf(endpoint, 400, "\"somebody\""u8.ToArray()).SessionId, Is.Null);
        }
    }

    [TestCase(401)]
    [TestCase(429)]
    [TestCase(503)]
    public void Refused_call_keeps_its_client_and_session(int status)
    {
        _headers["User-Agent"] = "ai-sdk/openai/2.0.57";

        var record = RecordOf(new OpenAIChat(), status, """{"model":"gpt-5","messages":[{"role":"system","content":"You are opencode, a tool"}],"prompt_cache_key":"ses_1"}"""u8.ToArray());

        Assert.That((record.StatusCode, record.Client, record.SessionId, record.RequestModel), Is.EqualTo((status, "opencode", "ses_1", "gpt-5")));
    }

    /// <summary>The record of a call with such a body that is answered with nothing but a status.</summary>
    private UsageRecord RecordOf(IModelEndpoint endpoint, int status, params IReadOnlyList<byte[]> body)
    {
        using var capture = new CallCaptureFactory(_queue, new FakeTimeProvider(Some.Time), Options.Create(new PrivacyOptions()), new CollectingLogger<CallCapture>())
            .Start(endpoint, "/v1beta/models/m:generateContent", "anthropic", _headers);
        foreach (var piece in body)
        {
            capture.ObserveRequest(piece);
        }

        using var response = new HttpResponseMessage((HttpStatusCode)status);
        capture.ObserveResponse(response);
        capture.End(null);
        Assert.That(_queue.Reader.TryRead(out var queued), Is.True);
        Assert.That(_queue.Depth, Is.Zero);
        return queued.Record;
    }
}
