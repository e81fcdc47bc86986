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
    private static readonly string[] Names =
    [
        "message", "type", "timestamp", "sessionId", "agentId", "requestId", "uuid", "parentUuid", "cwd", "isApiErrorMessage", "id", "model", "stop_reason", "content", "usage",
        "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens",
        "output_tokens_details", "thinking_tokens", "server_tool_use", "web_search_requests", "service_tier", "speed", "inference_geo", "name", "input", "new_tokens", "x",
    ];

    private static readonly string[] Scalars =
    [
        "null", "true", "false", "0", "7", "1001", "-1", "1.5", "1e3", "01", "-0", "1.0", "123456789012345678", "12345678901234567890", "\"\"", "\"assistant\"", "\"claude-opus-4-8\"",
        "\"<synthetic>\"", "\"tool_use\"", "\"text\"", "\"2026-11-23T17:35:10.025Z\"", "\"2026-02-30T00:00:00.000Z\"", "\"2026-11-23T17:35:10Z\"", "\"msg_01ABCDEFGHIJKLMNOPQRST\"", "\"toolu_1\"",
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
    public void Line_of_any_shape_is_read_alike() => Value.Sample(value => AssertAlike(Encoding.UTF8.GetBytes(value)), iter: Rounds.Of(few: 30_000, many: 1_000_000));

    [Test]
    public void Answer_with_any_fields_is_read_alike()
    {
        // Shaped like an answer, so that records come out, and repeated or wrong fields win or lose where they should.
        var usage = Fields("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation", "output_tokens_details", "server_tool_use", "speed", "service_tier", "inference_geo", "new_tokens");
        var message = Gen.Select(usage, Fields("id", "model", "stop_reason", "content", "usage")).Select((counts, more) => $$"""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{{counts}},"more":{{more}}}""");
        var lines = Gen.Select(message, Fields("requestId", "cwd", "uuid", "agentId", "parentUuid", "isApiErrorMessage", "sessionId", "timestamp"), (inner, more) =>
            $$"""{"type":"assistant","timestamp":"2026-11-23T17:35:10.025Z","message":{{inner}},{{more[1..]}}""");

        lines.Sample(line => AssertAlike(Encoding.UTF8.GetBytes(line)), iter: Rounds.Of(few: 30_000, many: 1_000_000));

        static Gen<string> Fields(params string[] names) => Gen.Select(Gen.OneOf(names), Value).Array[1, 5].Select(fields =>
            "{" + string.Join(",", fields.Select(field => $"\"{field.Item1}\":{field.Item2}")) + "}");
    }

    [Test]
    public void Damaged_line_of_a_real_transcript_is_read_alike()
    {
        var lines = Transcripts().Where(line => line.Contains("\"usage\"", StringComparison.Ordinal)).Take(60).Select(Encoding.UTF8.GetBytes).ToList();

        Gen.OneOf([.. lines.Select(Damage.Of)]).Sample(AssertAlike, iter: Rounds.Of(few: 30_000, many: 1_000_000));
    }

    [Test]
    public void Lines_as_the_client_writes_them_take_the_fast_way()
    {
        var line = new ClaudeCodeLine();
        var lines = Transcripts().Where(text => text.Contains("\"usage\"", StringComparison.Ordinal)).Select(Encoding.UTF8.GetBytes).ToList();

        Assert.That(lines, Has.Count.GreaterThan(50));
        Assert.That(lines.Count(text => !ClaudeCodeWalk.TryParse(text, new TextCache(), new SchemaDrift(), line)), Is.Zero);
    }

    private static IEnumerable<string> Transcripts() => Directory.EnumerateFiles(
            TestData.Path("claude-code", "real-logs"), "*.jsonl", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        .Where(path => path.Contains("projects", StringComparison.Ordinal))
        .SelectMany(File.ReadLines);

    private static void AssertAlike(byte[] text)
    {
        var (fast, slow) = (new ClaudeCodeLine(), new ClaudeCodeLine());
        if (!ClaudeCodeWalk.TryParse(text, new TextCache(), new SchemaDrift(), fast))
        {
            return;
        }

        ClaudeCodeJson.Parse(text, new SchemaDrift(), slow); // Throws for what the fast way should have left to it.
        var (expected, found) = (Outcome(slow), Outcome(fast));
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
            return record is null ? $"none {line.BrokenParent}" : $"{line.Uuid} {JsonSerializer.Serialize(record)}";
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }
}
