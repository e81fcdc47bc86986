using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Configuration;
using Tracker.Importer.Sources;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>What real versions of the clients wrote, beside the ledger of what they were served: the same demands on each.</summary>
[TestFixture("codex", "0.169.0", new[] { 11, 12, 16, 17, 18 })]
[TestFixture("gemini-cli", "0.61.0", new[] { 12, 14 })]
[TestFixture("qwen-code", "0.15.10", new[] { 12 })]
[TestFixture("qwen-code", "0.24.4", new[] { 31, 32, 33, 34 })]
[TestFixture("pi", "1.6.0", new[] { 17, 18, 19 })]
[TestFixture("pi", "1.6.0-chat", new int[0])]
[TestFixture("copilot-cli", "1.0.102", new int[0])]
[TestFixture("kimi-code", "2.1.0", new int[0])]
public sealed class ClientLogsTests(string client, string version, int[] notLogged)
{
    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, AttributesToSkip = 0 };

    private readonly string _logs = TestData.Path(client, "real-logs", version, "home");
    private TestDatabase _database = null!;

    [SetUp]
    public void SetUp() => _database = new TestDatabase();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Import_gives_the_ledgers_counts_for_every_call_in_the_log()
    {
        var report = Home().Import();

        var rows = _database.Query("SELECT * FROM usage WHERE quality = 2");
        var logged = ReadLedger().Where(call => !notLogged.Contains(call.GetProperty("n").GetInt32())).ToList();
        Assert.That(report.Trouble, Is.Empty);
        Assert.That(rows, Has.Count.EqualTo(logged.Count));
        foreach (var call in logged)
        {
            AssertIsExact(rows.Single(row => IsOf(row, call)), call);
        }

        Assert.That(_database.Query("SELECT drift FROM import_cursor WHERE drift IS NOT NULL"), Is.Empty, "no false alarm");
    }

    [Test]
    public void Second_pass_adds_nothing_and_opens_nothing()
    {
        var home = Home();
        home.Import();
        var rows = Stored();

        var second = home.Import();

        Assert.That(second.Files, Is.GreaterThan(0));
        Assert.That((second.FilesRead, second.BytesRead, second.Records, second.RowsAdded), Is.EqualTo((0, 0L, 0L, 0L)));
        Assert.That(Stored(), Is.EqualTo(rows));
    }

    [Test]
    public void Reading_everything_once_more_adds_nothing()
    {
        var home = Home();
        home.Import();
        var rows = Stored();
        _database.Execute("DELETE FROM import_cursor");

        var second = home.Import();

        Assert.That(second.Records, Is.GreaterThan(0));
        Assert.That(second.RowsAdded, Is.Zero);
        Assert.That(Stored(), Is.EqualTo(rows));
    }

    [Test]
    public void Two_passes_give_the_same_rows_wherever_the_first_one_ended([Values(0.1, 0.35, 0.6, 0.85)] double share)
    {
        var home = Home();
        home.Import();
        var rows = Stored();
        using var database = new TestDatabase();
        var growing = new LogHome(database, client);
        TestData.CopyTo(_logs, growing.Folder);
        foreach (var file in Directory.EnumerateFiles(growing.Folder, "*.jsonl", Everywhere))
        {
            using var stream = new FileStream(file, FileMode.Open);
            stream.SetLength((long)(stream.Length * share));
        }

        growing.Import();
        foreach (var file in Directory.EnumerateFiles(_logs, "*.jsonl", Everywhere))
        {
            File.WriteAllBytes(Path.Combine(growing.Folder, Path.GetRelativePath(_logs, file)), File.ReadAllBytes(file));
        }

        var second = growing.Import();

        Assert.That(second.MalformedLines, Is.Zero);
        Assert.That(Stored(database), Is.EqualTo(rows));
    }

    [Test]
    public void State_is_all_it_takes_to_go_on_behind_any_line()
    {
        foreach (var path in Directory.EnumerateFiles(_logs, "*.jsonl", Everywhere))
        {
            var (format, file) = (Format(), new LogFile(path, Path.GetRelativePath(_logs, path).Replace('\\', '/'), 0, 0));
            var lines = File.ReadLines(path).Select(Encoding.UTF8.GetBytes).Where(line => format.Concerns(line)).ToList();
            var whole = Read(format.Open(file, null, new SchemaDrift()), lines);

            for (var cut = 0; cut <= lines.Count; cut++)
            {
                var first = format.Open(file, null, new SchemaDrift());
                var before = Read(first, lines[..cut]);
                var behind = Read(format.Open(file, first.State, new SchemaDrift()), lines[cut..]);
                Assert.That(before.Concat(behind), Is.EqualTo(whole), $"{path} cut behind line {cut}");
            }
        }
    }

    [Test]
    public void Line_that_is_damaged_is_read_or_refused()
    {
        var format = Format();
        var reader = format.Open(new LogFile("/home/dev/chats/a.jsonl", "chats/a.jsonl", 0, 0), null, new SchemaDrift());
        var lines = Directory.EnumerateFiles(_logs, "*.jsonl", Everywhere).SelectMany(File.ReadLines).Select(Encoding.UTF8.GetBytes).Where(line => format.Concerns(line)).Take(60).ToList();
        Assert.That(lines, Is.Not.Empty);

        Gen.OneOf([.. lines.Select(Damage.Of)]).Sample(
            line =>
            {
                try
                {
                    format.Concerns(line);
                    reader.Read(line);
                    Assert.That(reader.State ?? "", Has.Length.LessThan(50_000));
                }
                catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
                {
                }
            },
            iter: Rounds.Of(few: 10_000, many: 100_000), threads: 1);
    }

    [Test]
    public void Line_that_was_cut_anywhere_leaves_no_trace()
    {
        var format = Format();
        var file = new LogFile("/home/dev/chats/a.jsonl", "chats/a.jsonl", 0, 0);
        var reader = format.Open(file, null, new SchemaDrift());
        var concerned = Directory.EnumerateFiles(_logs, "*.jsonl", Everywhere).Order(StringComparer.Ordinal).SelectMany(File.ReadLines).Select(Encoding.UTF8.GetBytes).Where(line => format.Concerns(line)).Take(20);

        foreach (var line in concerned)
        {
            var state = reader.State;
            for (var length = 1; length < line.Length; length += 7)
            {
                Assert.That(() => reader.Read(line.AsSpan(0, length)), Throws.InstanceOf<JsonException>());
                Assert.That(reader.State, Is.EqualTo(state));
            }

            reader.Read(line);
        }
    }

    private static List<string> Read(ILineReader reader, List<byte[]> lines) =>
        [.. lines.Select(line => reader.Read(line).Record).Where(record => record is not null).Select(record => JsonSerializer.Serialize(record))];

    private ILineFormat Format() => UsageSources.All(new ClientFolders("/home/dev", new ConfigurationBuilder().Build()))
        .Single(source => source.Client == client).Formats.OfType<ILineFormat>().Single();

    private LogHome Home()
    {
        var home = new LogHome(_database, client);
        TestData.CopyTo(_logs, home.Folder);
        return home;
    }

    private List<JsonElement> ReadLedger() => [.. File.ReadLines(TestData.Path(client, "real-logs", version, "ledger.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement).Where(call => call.GetProperty("outcome").GetString() != "error")];

    // Where the log does not have the upstream's id, the ledger's numbers name the call: no two are alike.
    private static bool IsOf(IDictionary<string, object?> row, JsonElement call)
    {
        var key = (string)row["usage_key"]!;
        return key.StartsWith("gemini-cli:", StringComparison.Ordinal) || key.StartsWith("kimi-code:", StringComparison.Ordinal)
            ? (long)row["input_tokens"]! == Count(call, "input") && (long)row["cache_read_tokens"]! == Count(call, "cache_read")
            : key.EndsWith(':' + call.GetProperty("id").GetString(), StringComparison.Ordinal);
    }

    private void AssertIsExact(IDictionary<string, object?> row, JsonElement call)
    {
        // A log that does not tell the two lifetimes apart has the sum.
        var (forMinutes, forAnHour) = (Count(call, "cache_write_5m"), Count(call, "cache_write_1h"));
        // Kimi Code's does not tell the reasoning.
        var reasoning = client == "kimi-code" ? null : (object)Count(call, "reasoning");
        var written = row["cache_creation_1h_tokens"] is null ? (forMinutes + forAnHour, 0L) : (forMinutes, forAnHour);
        Assert.That(
            (row["input_tokens"], row["cache_read_tokens"], (row["cache_creation_5m_tokens"] ?? 0L, row["cache_creation_1h_tokens"] ?? 0L), row["output_tokens"], row["reasoning_tokens"]),
            Is.EqualTo((Count(call, "input"), Count(call, "cache_read"), written, Count(call, "output"), reasoning)), (string)row["usage_key"]!);
        Assert.That((row["outcome"], row["evidence"], row["client"]), Is.EqualTo(("completed", 2L, client)));
        Assert.That((string)row["request_model"]!, Does.StartWith(call.GetProperty("requested_model").GetString()!));
        Assert.That(row["session_id"], Is.Not.Null);
        // The log's time is the end of the call, or, with Pi, when it was begun.
        var sent = call.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds();
        Assert.That((long)row["occurred_at_ms"]!, Is.InRange(sent - 500, sent + 10_000));
    }

    private static long Count(JsonElement call, string name) => call.GetProperty("tokens").GetProperty(name).GetInt64();

    private List<string> Stored() => Stored(_database);

    private static List<string> Stored(TestDatabase database) =>
    [
        .. database.Rows(),
        .. database.Query("SELECT usage_key, tool_use_id, name FROM tool_call JOIN usage ON usage.id = usage_id ORDER BY 1, 2").Select(row => string.Join(' ', row.Values)),
    ];
}
