using System.Buffers.Binary;

namespace Tracker.Tests.Support;

/// <summary>Files with garbage where a disk, a crash or another program has put it.</summary>
internal static class DamagedFile
{
    private const int Page = 4096;

    public static async Task OverwriteAsync(string path, long at, int length, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite) { Position = at };
        await file.WriteAsync(Enumerable.Repeat((byte)0xAB, length).ToArray(), cancellationToken);
    }

    /// <summary>Overwrites some of the pages that hold the rows of a table or the entries of an index, one that has two levels of pages. All of the database must be in its file.</summary>
    /// <param name="database">Whose.</param>
    /// <param name="tree">The table or the index.</param>
    /// <param name="first">The first page, from 0, in the order of the rows.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task OverwriteLeavesAsync(TestDatabase database, string tree, int first, int count, CancellationToken cancellationToken)
    {
        var root = database.Scalar<long>($"SELECT rootpage FROM sqlite_schema WHERE name = '{tree}'");
        var file = await File.ReadAllBytesAsync(database.Path, cancellationToken);
        for (var number = first; number < first + count; number++)
        {
            await OverwriteAsync(database.Path, (Child(file, root, number) - 1) * Page, Page, cancellationToken);
        }
    }

    // sqlite.org/fileformat2.html#b_tree_pages
    private static long Child(byte[] file, long page, int number)
    {
        var bytes = file.AsSpan((int)(page - 1) * Page, Page);
        Assert.That(bytes[0], Is.EqualTo(2).Or.EqualTo(5), "the root has pages below it");
        Assert.That(number, Is.LessThan(BinaryPrimitives.ReadUInt16BigEndian(bytes[3..])));
        var child = BinaryPrimitives.ReadUInt32BigEndian(bytes[BinaryPrimitives.ReadUInt16BigEndian(bytes[(12 + (2 * number))..])..]);
        Assert.That(file[(int)(child - 1) * Page], Is.EqualTo(10).Or.EqualTo(13), "those have none");
        return child;
    }
}
