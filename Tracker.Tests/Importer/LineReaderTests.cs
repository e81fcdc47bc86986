using System.Text;
using CsCheck;
using Tracker.Importer.Importing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

public sealed class LineReaderTests
{
    private readonly TempDirectory _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Lines_of_any_length_come_out_as_they_were_written_at_any_block_boundary()
    {
        // Around the block size of 256 KB, where lines are cut.
        var length = Gen.OneOf(Gen.Int[0, 200], Gen.Int[262_000, 262_200], Gen.Int[0, 1_000_000]);
        var path = _folder.File("lines");
        Gen.Select(length.Array[0, 6], Gen.Int[0, 500]).Sample((lengths, unfinished) =>
        {
            var written = lengths.Select((count, i) => new string((char)('a' + i), count)).ToList();
            File.WriteAllText(path, string.Concat(written.Select(line => line + "\n")) + new string('z', unfinished));

            var (lines, rest, offset) = ReadAll(path, 0);

            return lines.SequenceEqual(written.Select(line => (LineKind.Whole, line))) && rest.Length == unfinished && offset == written.Sum(line => line.Length + 1L);
        }, iter: 60, threads: 1);
    }

    [Test]
    public void Line_longer_than_the_limit_is_passed_over_and_shows_only_its_end()
    {
        var path = _folder.File("lines");
        var huge = new string('x', LineReader.LongestLine + 3_000_000) + new string('y', FileFingerprint.TailBytes);
        File.WriteAllText(path, $"first\n{huge}\nlast\n");

        var (lines, rest, offset) = ReadAll(path, 0);

        Assert.That(lines.Select(line => line.Kind), Is.EqualTo(new[] { LineKind.Whole, LineKind.TooLong, LineKind.Whole }));
        Assert.That(lines[1].Text, Does.EndWith(new string('y', FileFingerprint.TailBytes)).And.Length.LessThan(4_000_000));
        Assert.That(lines[2].Text, Is.EqualTo("last"));
        Assert.That((rest, offset), Is.EqualTo(("", new FileInfo(path).Length)));
    }

    [Test]
    public void Huge_line_without_its_end_is_unfinished()
    {
        var path = _folder.File("lines");
        File.WriteAllText(path, "first\n" + new string('x', LineReader.LongestLine + 5_000_000));

        var (lines, _, offset) = ReadAll(path, 0);

        Assert.That((lines.Single(), offset), Is.EqualTo(((LineKind.Whole, "first"), 6L)));
    }

    [Test]
    public void Reading_begins_at_the_offset_and_stops_at_the_end_that_was_given()
    {
        var path = _folder.File("lines");
        File.WriteAllText(path, "one\ntwo\nthree\nfour\n");

        var (lines, rest, _) = ReadAll(path, 4, end: 10);

        Assert.That(lines, Is.EqualTo(new[] { (LineKind.Whole, "two") }));
        Assert.That(rest, Is.EqualTo("th"));
    }

    [Test]
    public void NUL_bytes_are_noticed_wherever_they_stand_and_only_in_their_own_line()
    {
        var path = _folder.File("lines");
        // Long enough to be cut by the end of a block.
        var text = Gen.OneOf(Gen.Int[0, 90], Gen.Int[262_050, 262_150]).Select(count => new string('-', count));
        var line = Gen.Select(text, text, Gen.Int[0, 2], (before, after, nuls) => before + new string('\0', nuls) + after);
        line.Array[1, 4].Sample(written =>
        {
            File.WriteAllText(path, string.Concat(written.Select(one => one + "\n")));
            using var handle = File.OpenHandle(path);
            var reader = new LineReader();
            reader.Begin(handle, 0, RandomAccess.GetLength(handle));

            return written.All(one =>
            {
                var kind = reader.Read(out var read);
                var ends = reader.EndOfLastLine.SequenceEqual(read[^Math.Min(read.Length, FileFingerprint.TailBytes)..]);
                return kind == LineKind.Whole && ends && Encoding.ASCII.GetString(read) == one && reader.HasNul == one.Contains('\0', StringComparison.Ordinal);
            });
        }, iter: 300, threads: 1);
    }

    private static (List<(LineKind Kind, string Text)> Lines, string Left, long Offset) ReadAll(string path, long offset, long? end = null)
    {
        using var handle = File.OpenHandle(path);
        var reader = new LineReader();
        reader.Begin(handle, offset, end ?? RandomAccess.GetLength(handle));
        var lines = new List<(LineKind, string)>();
        while (true)
        {
            var kind = reader.Read(out var line);
            if (kind == LineKind.Unfinished)
            {
                return (lines, Encoding.ASCII.GetString(line), reader.Offset);
            }

            lines.Add((kind, Encoding.ASCII.GetString(line)));
        }
    }
}
