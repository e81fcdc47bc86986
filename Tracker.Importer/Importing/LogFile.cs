using Tracker.Storage.Imports;

namespace Tracker.Importer.Importing;

/// <summary>A log file as the folder's listing shows it: not opened.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="Length">In bytes.</param>
/// <param name="ModifiedAtTicks">Modification time, UTC.</param>
internal readonly record struct LogFile(string Path, long Length, long ModifiedAtTicks)
{
    /// <summary>Whether it is as it was when it was last read to its end.</summary>
    public bool IsUnchangedSince(ImportCursor? cursor) => cursor is not null && cursor.Length == Length && cursor.ModifiedAtTicks == ModifiedAtTicks;
}
