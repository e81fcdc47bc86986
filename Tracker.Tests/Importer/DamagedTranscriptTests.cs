using System.Text;
using System.Text.Json;
using CsCheck;
using Tracker.Importer.Sources;
using Tracker.Importer.Sources.ClaudeCode;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>Lines of real transcripts that were damaged: each is read, or refused as malformed.</summary>
public sealed class DamagedTranscriptTests
{
    [Test]
    public void Line_is_read_or_refused()
    {
        var lines = Directory.EnumerateFiles(TestData.Path("claude-code", "real-logs"), "*.jsonl", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .SelectMany(File.ReadLines).Where(line => line.Contains("\"usage\"", StringComparison.Ordinal)).Take(40).Select(Encoding.UTF8.GetBytes).ToList();
        Assert.That(lines, Is.Not.Empty);
        var format = new ClaudeCodeFormat(ClaudeCodeSource.Name);

        Gen.OneOf([.. lines.Select(Damage.Of)]).Sample(
            line =>
            {
                // One for each line: samples run on several threads, and a reader is for one.
                var reader = format.Open(new LogFile("a.jsonl", "a.jsonl", 0, 0), null, new SchemaDrift());
                try
                {
                    reader.Read(line);
                }
                catch (Exception exception) when (exception is JsonException or FormatException)
                {
                }
            },
            iter: Rounds.Of(few: 20_000, many: 200_000));
    }
}
