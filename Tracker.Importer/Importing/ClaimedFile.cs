using Tracker.Importer.Sources;
using Tracker.Storage.Imports;

namespace Tracker.Importer.Importing;

/// <summary>A log file and the format that reads it.</summary>
internal readonly record struct ClaimedFile(LogFile File, ILogFormat Format)
{
    /// <summary>How far the file was read.</summary>
    /// <param name="cursors">By path.</param>
    /// <returns>Null for a file that is new, or was read by another version of its reader: it is read from its beginning.</returns>
    public ImportCursor? CursorIn(IReadOnlyDictionary<string, ImportCursor> cursors) =>
        cursors.TryGetValue(File.Path, out var cursor) && cursor.ReaderVersion == Format.ReaderVersion ? cursor : null;
}
