using Tracker.Storage.Imports;

namespace Tracker.Importer.Sources;

/// <summary>A log file as the folder's listing shows it: not opened.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="RelativePath">Below the root it was found in, with <c>/</c> on every system; the file's name when the root is the file.</param>
/// <param name="Length">In bytes; for a database together with its <c>-wal</c> file.</param>
/// <param name="ModifiedAtTicks">Modification time, UTC; for a database the later of the two files'.</param>
internal sealed record LogFile(string Path, string RelativePath, long Length, long ModifiedAtTicks)
{
    /// <summary>Whether it is as it was when it was last read to its end.</summary>
    public bool IsUnchangedSince(ImportCursor? cursor) => cursor is not null && cursor.Length == Length && cursor.ModifiedAtTicks == ModifiedAtTicks;
}
