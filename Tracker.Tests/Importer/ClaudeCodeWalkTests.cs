using System.Text;
using System.Text.Json;
using CsCheck;
using Tracker.Importer.Sources;
using Tracker.Importer.Sources.ClaudeCode;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>The fast reading of a line gives what the reader of .NET gives, or leaves the line to it.</summary>
public sealed class ClaudeCodeWalkTests
{
    private static readonly ClaudeCodeFormat Format = new("claude-code");

    private static readonly string[] Names =
    [
        "message", "type", "timestamp", "sessionId", "agentId", "requestId", "uuid", "parentUuid", "cwd", "isApiErrorMessage", "isSidechain", "id", "model", "stop_reason", "content", "usage",
        "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens",
        "output_tokens_details", "thinking_tokens", "server_tool_use", "web_search_requests", "service_tier", "speed", "inference_geo", "iterations", "name", "input", "new_tokens", "x",
    ];

    private static readonly string[] Scalars =
    [
        "null", "true", "false", "0", "7", "1001", "-1", "1.5", "1e3", "01", "-0", "1.0", "123456789012345678", "12345678901234567890", "\"\"", "\"assistant\"", "\"claude-opus-4-8\"",
        "\"<synthetic>\"", "\"tool_use\"", "\"text\"", "\"message\"", "\"compaction\"", "\"2026-11-23T17:35:10.025Z\"", "\"2026-02-30T00:00:00.000Z\"", "\"2026-11-23T17:35:10Z\"", "\"msg_01ABCDEFGHIJKLMNOPQRST\"", "\"toolu_1\"",
        "\"a\\\\b\\\"c\\n\"", "\"\\ud83d\"", "\"\\ud83d\\ude00\"", "\"\\u00e9\"", "\"é 使用\"", "\"bad \\q\"", "\"cut \\u00\"", "\"tab\there\"", "tru", "",
        "\"a long text without anything special in it that fills more than one block of the vectors\"",
        "\"a long text with \\\"escapes\\\" in it, here \\n and \\t and there \\\\\\\\\\\\\\\\\\\\\\\\\\\\ and \\u00e9\\u00e9\\u00e9\\u00e9\\u00e9 until its end\"",
    ];

    private static readonly Gen<string> Space = Gen.Frequency((30, Gen.Const("")), (1, Gen.Const(" ")));

    private static readonly Gen<string> Scalar = Gen.OneOf(Scalars);

    private static readonly Gen<string> Value = Gen.Recursive<string>((depth, inner) => depth >= 6 ? Scalar : Gen.Frequency(
        (6, Scalar),
        (4, Gen.Select(Gen.Select(Gen.OneOf(Names), inner, Space).Array[0, 6], Space).Select((fields, space) =>
            "{" + space + string.Join(",", fields.Select(field => $"\"{field.Item1}\":{field.Item3}{field.Item2}")) + "}")),
        (2, inner.Array[0, 4].Select(values => "[" + string.Join(",", values) + "]"))));

    [Test]
    public void Line_of_any_shape_is_read_alike() => Value.Sample(value => AssertAlike(Encoding.UTF8.GetBytes(value)), iter: Rounds.Of(few: 30_000, many: 300_000));

    [Test]
    public void Answer_with_any_fields_is_read_alike()
    {
        // Shaped like an answer, so that records come out, and repeated or wrong fields win or lose where they should.
        var usage = Fields("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation", "output_tokens_details", "server_tool_use", "speed", "service_tier", "inference_geo", "iterations", "new_tokens");
        var message = Gen.Select(usage, Fields("id", "model", "stop_reason", "content", "usage")).Select((counts, more) => $$"""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{{counts}},"more":{{more}}}""");
        var lines = Gen.Select(message, Fields("requestId", "cwd", "uuid", "agentId", "parentUuid", "isApiErrorMessage", "isSidechain", "sessionId", "timestamp"), (inner, more) =>
            $$"""{"type":"assistant","timestamp":"2026-11-23T17:35:10.025Z","message":{{inner}},{{more[1..]}}""");

        lines.Sample(line => AssertAlike(Encoding.UTF8.GetBytes(line)), iter: Rounds.Of(few: 30_000, many: 300_000));

        static Gen<string> Fields(params string[] names) => Gen.Select(Gen.OneOf(names), Value).Array[1, 5].Select(fields =>
            "{" + string.Join(",", fields.Select(field => $"\"{field.Item1}\":{field.Item2}")) + "}");
    }

    [Test]
    public void Iterations_of_any_kind_are_read_alike()
    {
        var field = Gen.Select(Gen.OneOf("type", "model", "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation"), Value);
        var kind = Gen.OneOf("message", "message", "message", "compaction", "advisor_message", "fallback_message", "mess\\u0061ge", "new").Select(name => ("type", $"\"{name}\""));
        var entry = Gen.Select(kind, field.Array[0, 3], Gen.Bool).Select((first, others, isLast) =>
            "{" + string.Join(",", (isLast ? others.Append(first) : others.Prepend(first)).Select(pair => $"\"{pair.Item1}\":{pair.Item2}")) + "}");
        var list = Gen.Frequency((6, entry), (1, Value)).Array[0, 3].Select(entries => "[" + string.Join(",", entries) + "]");

        list.Sample(iterations => AssertAlike(Encoding.UTF8.GetBytes(
            $$$$"""{"type":"assistant","timestamp":"2026-11-23T17:35:10.025Z","message":{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{"input_tokens":5,"iterations":{{{{iterations}}}},"output_tokens":6}}}""")),
            iter: Rounds.Of(few: 30_000, many: 300_000));
    }

    [TestCase("[]", true)]
    [TestCase("""[{"input_tokens":5,"output_tokens":6,"cache_creation":{"ephemeral_5m_input_tokens":0},"type":"message"}]""", true)]
    [TestCase("""[{"type":"message","input_tokens":5},{"type":"message","input_tokens":6}]""", true)]
    [TestCase("""[{"type":"message","input_tokens":5},{"type":"compaction","input_tokens":6}]""", false)]
    [TestCase("""[{"type":"advisor_message","input_tokens":6}]""", false)]
    [TestCase("""[{"input_tokens":6}]""", false)]
    [TestCase("[{}]", false)]
    [TestCase("[7]", false)]
    public void Only_what_iterations_hold_beside_the_counts_is_left_to_the_reader(string iterations, bool isFast)
    {
        var line = Encoding.UTF8.GetBytes($$$$"""{"type":"assistant","message":{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{"iterations":{{{{iterations}}}},"output_tokens":6}}}""");

        Assert.That(ClaudeCodeWalk.TryParse(line, new TextCache(), new SchemaDrift(), new ClaudeCodeLine()), Is.EqualTo(isFast));
    }

    [Test]
    public void Damaged_line_of_a_real_transcript_is_read_alike()
    {
        var lines = Transcripts().Where(line => line.Contains("\"usage\"", StringComparison.Ordinal)).Take(60).Select(Encoding.UTF8.GetBytes).ToList();

        Gen.OneOf([.. lines.Select(Damage.Of)]).Sample(AssertAlike, iter: Rounds.Of(few: 30_000, many: 300_000));
    }

    [Test]
    public void Lines_as_the_client_writes_them_take_the_fast_way()
    {
        var line = new ClaudeCodeLine();
        var lines = Transcripts().Where(text => text.Contains("\"usage\"", StringComparison.Ordinal)).Select(Encoding.UTF8.GetBytes).ToList();

        Assert.That(lines, Has.Count.GreaterThan(50));
        Assert.That(lines.Count(text => !ClaudeCodeWalk.TryParse(text, new TextCache(), new SchemaDrift(), line)), Is.Zero);
    }

    [TestCase("""{"type":"assistant","message":{}}""", true)]
    [TestCase("""{"parentUuid":null,"cwd":"/a\\b","isSidechain":false,"message":{},"type":"user"}""", true, TestName = "Message_first_is_read")]
    [TestCase("""{ "type":"user","message":{}}""", true, TestName = "Line_of_an_unusual_form_is_read")]
    [TestCase("""{"type":7,"message":{}}""", true)]
    [TestCase("""{"type":"us\u0065r","message":{}}""", true)]
    [TestCase("""["usage"]""", true)]
    [TestCase("""{"type":"user","message":{}}""", false)]
    [TestCase("""{"parentUuid":null,"cwd":"/a\\b","isSidechain":false,"type":"user","message":{}}""", false)]
    [TestCase("""{"type":"summary","summary":"usage"}""", false)]
    public void Lines_that_say_at_once_that_they_are_no_answers_are_passed_over(string line, bool concerns) =>
        Assert.That(Format.Concerns(Encoding.UTF8.GetBytes(line)), Is.EqualTo(concerns));

    [Test]
    public void Nearly_all_that_tools_have_said_in_real_transcripts_is_passed_over()
    {
        var said = Transcripts().Where(text => text.Contains("\"type\":\"user\"", StringComparison.Ordinal) && !text.Contains("\"usage\"", StringComparison.Ordinal)).Select(Encoding.UTF8.GetBytes).ToList();

        Assert.That(said, Has.Count.GreaterThan(20));
        Assert.That(said.Count(text => Format.Concerns(text)), Is.Zero);
    }

    private static IEnumerable<string> Transcripts() => Directory.EnumerateFiles(
            TestData.Path("claude-code", "real-logs"), "*.jsonl", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        .Where(path => path.Contains("projects", StringComparison.Ordinal))
        .SelectMany(File.ReadLines);

    private static void AssertAlike(byte[] text)
    {
        var (fast, slow) = (new ClaudeCodeLine(), new ClaudeCodeLine());
        var (fastDrift, slowDrift) = (new SchemaDrift(), new SchemaDrift());
        if (!ClaudeCodeWalk.TryParse(text, new TextCache(), fastDrift, fast))
        {
            return;
        }

        ClaudeCodeJson.Parse(text, slowDrift, slow); // Throws for what the fast way should have left to it.
        // A damaged type may stand in the line of an error, which then breaks no answer.
        if (!Format.Concerns(text) && !Outcome(slow).StartsWith("none ", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{Encoding.UTF8.GetString(text)}\nwould be passed over: {Outcome(slow)}");
        }

        var (expected, found) = ($"{Outcome(slow)} {slowDrift.ToText()}", $"{Outcome(fast)} {fastDrift.ToText()}");
        if (expected != found)
        {
            throw new InvalidOperationException($"{Encoding.UTF8.GetString(text)}\n{expected}\n{found}");
        }
    }

    private static string Outcome(ClaudeCodeLine line)
    {
        try
        {
            var record = line.ToRecord("claude-code");
            return record is null ? $"none {line.BrokenParent}" : $"{line.Uuid} {JsonSerializer.Serialize(record)} {JsonSerializer.Serialize(line.Iterations)}";
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }
}
