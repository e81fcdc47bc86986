using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>Logs that come in pieces: however a pass cuts what real clients wrote, also within lines, the rows are those of one pass.</summary>
[TestFixture("claude-code", "1.0.100")]
[TestFixture("claude-code", "2.1.197-interactive")]
[TestFixture("claude-code", "2.1.197-print")]
[TestFixture("codex", "0.169.0")]
[TestFixture("gemini-cli", "0.61.0")]
[TestFixture("qwen-code", "0.15.10")]
[TestFixture("qwen-code", "0.24.4")]
[TestFixture("pi", "1.6.0")]
[TestFixture("copilot-cli", "1.0.102")]
public sealed class SlicedLogsTests(string client, string version)
{
    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, AttributesToSkip = 0 };

    private readonly string _logs = TestData.Path(client, "real-logs", version, "home");

    [Test]
    public void Any_slices_give_the_rows_of_one_pass([Range(1, 6)] int seed)
    {
        using var whole = new TestDatabase();
        new LogHome(whole, client).With(client, "real-logs", version, "home").Import();
        var random = new Random(seed);

        using var sliced = new TestDatabase();
        var home = new LogHome(sliced, client);
        TestData.CopyTo(_logs, home.Folder);
        var files = Directory.EnumerateFiles(_logs, "*.jsonl", Everywhere).Select(path => new Growing(Path.Combine(home.Folder, Path.GetRelativePath(_logs, path)), File.ReadAllBytes(path))).ToList();
        for (var pass = 0; pass < 6; pass++)
        {
            files.ForEach(file => file.Grow(pass == 5 ? int.MaxValue : random.Next(3) switch
            {
                0 => 0,
                1 => file.ToEndOfLine(random.Next(file.Left + 1)),
                _ => random.Next(file.Left + 1),
            }));
            Assert.That(home.Import().MalformedLines, Is.Zero);
        }

        Assert.That(Stored(sliced), Is.EqualTo(Stored(whole)));
    }

    [Test]
    public void Pass_after_every_line_gives_the_rows_of_one_pass()
    {
        using var whole = new TestDatabase();
        new LogHome(whole, client).With(client, "real-logs", version, "home").Import();

        using var sliced = new TestDatabase();
        var home = new LogHome(sliced, client);
        TestData.CopyTo(_logs, home.Folder);
        var files = Directory.EnumerateFiles(_logs, "*.jsonl", Everywhere).Select(path => new Growing(Path.Combine(home.Folder, Path.GetRelativePath(_logs, path)), File.ReadAllBytes(path))).ToList();
        files.ForEach(file => file.Grow(0));
        while (files.Exists(file => file.Left > 0))
        {
            files.ForEach(file => file.Grow(file.ToEndOfLine(0)));
            home.Import();
        }

        Assert.That(Stored(sliced), Is.EqualTo(Stored(whole)));
    }

    private static IEnumerable<string> Stored(TestDatabase database) => database.Rows()
        .Concat(database.Query("SELECT * FROM limit_sample ORDER BY provider, \"window\", observed_at_ms").Select(sample => string.Join(' ', sample.Where(column => column.Key != "id"))));

    /// <summary>A file that has the beginning of what it will have.</summary>
    private sealed class Growing(string path, byte[] content)
    {
        private int _length;

        public int Left => content.Length - _length;

        public int ToEndOfLine(int more) => content.AsSpan(_length + Math.Min(more, Left)).IndexOf((byte)'\n') is >= 0 and var at ? more + at + 1 : Left;

        public void Grow(int more)
        {
            _length += Math.Min(more, Left);
            File.WriteAllBytes(path, content[.._length]);
        }
    }
}
