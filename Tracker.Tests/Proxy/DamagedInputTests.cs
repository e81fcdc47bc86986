using System.Text;
using CsCheck;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.Anthropic;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

/// <summary>Readers of the wire with recorded traffic that was damaged: none throws, and what they say stays within bounds.</summary>
public sealed class DamagedInputTests
{
    private static readonly int Samples = Rounds.Of(few: 20_000, many: 200_000);

    [Test]
    public void Answers([Values] bool isEventStream) =>
        Gen.Select(Damage.Of(Encoding.UTF8.GetBytes(isEventStream ? AnthropicAnswers.Stream(1) : AnthropicAnswers.Message(1))), Gen.Int[1, 500]).Sample(
            (bytes, pieceLength) =>
            {
                var reader = new AnthropicUsageReader(isEventStream ? BodyFormat.EventStream : BodyFormat.Json);
                foreach (var piece in bytes.Chunk(pieceLength))
                {
                    reader.Read(piece);
                }

                var usage = reader.Usage;
                foreach (var count in new[] { usage.InputTokens, usage.OutputTokens, usage.CacheReadTokens, usage.CacheCreation5mTokens, usage.CacheCreation1hTokens })
                {
                    Assert.That(count, Is.Null.Or.InRange(0, 2 * TokenCount.Largest));
                }

                Assert.That(usage.ToolCalls, Has.Count.LessThanOrEqualTo(ToolCallList.Most));
                Assert.That(usage.ResponseId?.Length ?? 0, Is.LessThanOrEqualTo(JsonScanner.LongestValue));
            },
            iter: Samples);

    [Test]
    public void Requests() =>
        Gen.Select(Damage.Of("""{"model":"claude-opus-4-8","stream":true,"metadata":{"user_id":"{\"session_id\":\"5a2eb04d\"}"},"messages":[{"role":"user","content":[{"type":"text","text":"h\u00e9llo"}]}]}"""u8.ToArray()), Gen.Int[1, 100]).Sample(
            (bytes, pieceLength) =>
            {
                var reader = new AnthropicMessages().CreateRequestReader("/v1/messages", previewLength: 200);
                foreach (var piece in bytes.Chunk(pieceLength))
                {
                    reader.Read(piece);
                }

                Assert.That(reader.Request.PromptPreview?.Length ?? 0, Is.LessThanOrEqualTo(200));
            },
            iter: Samples);
}
