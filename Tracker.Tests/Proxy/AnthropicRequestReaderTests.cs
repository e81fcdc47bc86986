using System.Text;
using System.Text.Json;
using CsCheck;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.Anthropic;

namespace Tracker.Tests.Proxy;

public sealed class AnthropicRequestReaderTests
{
    private const string Session = "5a2eb04d-5b92-472b-90ee-9f1a49e699e3";

    // As Claude Code 2.1 sends it, shortened.
    private const string Request = """
        {"model":"claude-sonnet-5","messages":[{"role":"user","content":[{"type":"text","text":"<system-reminder>"},{"type":"text","text":"plan:\"work\" 漢字 \ud83d\ude00","cache_control":{"type":"ephemeral"}}]},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"model":"wrong","stream":false,"text":"wrong"}}]},{"role":"user","content":[{"tool_use_id":"toolu_1","type":"tool_result","content":[{"type":"text","text":"wrong"}]}]},{"role":"assistant","content":"wrong"}],"system":[{"type":"text","text":"wrong"}],"tools":[{"name":"Bash","input_schema":{"properties":{"model":{"type":"string"}}}}],"metadata":{"user_id":"{\"device_id\":\"d\",\"account_uuid\":\"\",\"session_id\":\"5a2eb04d-5b92-472b-90ee-9f1a49e699e3\"}"},"max_tokens":64000,"stream":true}
        """;

    [Test]
    public void Request_cut_at_every_byte_offset_tells_the_same()
    {
        var bytes = Encoding.UTF8.GetBytes(Request);
        var expected = new ObservedRequest { Model = "claude-sonnet-5", Streamed = true, SessionId = Session };

        Assert.That(Read(0, Pieces.OneByOne(bytes)), Is.EqualTo(expected));
        Assert.That(Pieces.InTwo(bytes).Select(pieces => Read(0, pieces)), Has.All.EqualTo(expected));
    }

    [Test]
    public void Prompt_is_kept_only_when_asked_for_and_only_its_beginning()
    {
        var bytes = Encoding.UTF8.GetBytes(Request);

        Assert.That(Pieces.InTwo(bytes).Select(pieces => Read(200, pieces).PromptPreview), Has.All.EqualTo("plan:\"work\" 漢字 😀"));
        Assert.That(Pieces.InTwo(bytes).Select(pieces => Read(7, pieces).PromptPreview), Has.All.EqualTo("plan:\"w"));
        Assert.That(Read(0, [bytes]).PromptPreview, Is.Null);
    }

    [TestCase("""[{"role":"user","content":"first"},{"role":"user","content":"second"}]""", "second")]
    [TestCase("""[{"content":"content goes before the role","role":"user"}]""", "content goes before the role")]
    [TestCase("""[{"role":"user","content":"asked"},{"role":"assistant","content":"answered"}]""", "asked")]
    [TestCase("""[{"role":"user","content":"asked"},{"role":"user","content":[{"type":"image","source":{"data":"AAAA"}}]}]""", "asked")]
    [TestCase("""[{"role":"assistant","content":"answered"}]""", null)]
    [TestCase("""[{"role":"user","content":null}]""", null)]
    [TestCase("[]", null)]
    [TestCase("\"user\"", null)]
    public void Preview_is_of_the_last_message_of_the_user_that_has_text(string messages, string? preview) =>
        Assert.That(Read(200, $$"""{"messages":{{messages}}}""").PromptPreview, Is.EqualTo(preview));

    [TestCase("{\\\"session_id\\\":\\\"" + Session + "\\\"}", Session)]
    [TestCase("{\\\"device_id\\\":\\\"d\\\",\\\"session_id\\\":\\\"" + Session + "\\\",\\\"x\\\":[1]}", Session)]
    [TestCase("user_0123abc_account__session_" + Session, Session)]
    [TestCase("user_0123abc_account_9d_session_" + Session, Session)]
    [TestCase("user_session_1_session_2", "2")]
    [TestCase("user_0123abc_account__session_", null)]
    [TestCase("somebody", null)]
    [TestCase("", null)]
    [TestCase("{\\\"session_id\\\":\\\"\\\"}", null)]
    [TestCase("{\\\"session_id\\\":7}", null)]
    [TestCase("{\\\"session_id\\\":\\\"\\\\ud83d\\\"}", null)]
    [TestCase("{\\\"session\\\":\\\"x\\\"}", null)]
    [TestCase("{ no JSON", null)]
    public void Session_is_in_the_user_id_in_either_shape(string userId, string? session)
    {
        var bytes = Encoding.UTF8.GetBytes($$$"""{"metadata":{"user_id":"{{{userId}}}"}}""");

        Assert.That(Pieces.InTwo(bytes).Select(pieces => Read(0, pieces).SessionId), Has.All.EqualTo(session));
    }

    [TestCase("""{"stream":true}""", true)]
    [TestCase("""{"stream":false}""", false)]
    [TestCase("""{"stream":"true"}""", false)]
    [TestCase("""{"stream":null}""", false)]
    [TestCase("""{"tools":[{"stream":true}]}""", false)]
    [TestCase("""{"model":"m",""", null)]
    [TestCase("", null)]
    [TestCase("model=m&stream=true", null)]
    public void Streaming_is_unknown_until_it_or_the_end_was_seen(string request, bool? streamed) => Assert.That(Read(0, request).Streamed, Is.EqualTo(streamed));

    [Test]
    public void Any_prompt_is_kept_to_its_first_characters() => Gen.Select(Gen.String[0, 400], Gen.Int[1, 50], Pieces.Lengths).Sample((prompt, length, lengths) =>
    {
        // The serialiser replaces halves of surrogate pairs.
        var content = JsonSerializer.Serialize(prompt);
        var whole = JsonSerializer.Deserialize<string>(content)!;

        var preview = Read(length, Pieces.Of(Encoding.UTF8.GetBytes($$"""{"messages":[{"content":{{content}},"role":"user"}]}"""), lengths)).PromptPreview!;

        return whole.StartsWith(preview, StringComparison.Ordinal) && (preview.Length == Math.Min(length, whole.Length) || char.IsHighSurrogate(whole[length - 1]));
    }, iter: 2000);

    private static ObservedRequest Read(int previewLength, string request) => Read(previewLength, [Encoding.UTF8.GetBytes(request)]);

    private static ObservedRequest Read(int previewLength, IReadOnlyList<byte[]> pieces)
    {
        var reader = new AnthropicMessages().CreateRequestReader("/v1/messages", previewLength);
        foreach (var piece in pieces)
        {
            reader.Read(piece);
        }

        return reader.Request;
    }
}
