using Tracker.Importer.Sources;
using Tracker.Storage.Connections;
using Tracker.Storage.Imports;

namespace Tracker.Importer.Importing;

/// <summary>Compares what is on disk with what the cursors say. Reads only.</summary>
internal sealed class StatusReader(TrackerConnectionFactory connections, ImportStatus imports)
{
    /// <exception cref="StorageException">The database cannot be used.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The database cannot be read.</exception>
    public StatusDocument Read(IReadOnlyList<IUsageSource> sources) => new()
    {
        Database = connections.DatabasePath,
        LastImport = imports.ReadLastImport(),
        Sources = [.. sources.Select(Read)],
    };

    private SourceStatus Read(IUsageSource source)
    {
        var roots = source.FindRoots().Select(root => new RootStatus(root, Path.Exists(root))).ToList();
        var folder = LogFolder.List(roots.Where(root => root.Exists).Select(root => root.Path), source.Formats);
        var cursors = imports.ReadCursors(source.Client);
        var byPath = cursors.ToDictionary(cursor => cursor.Path, StringComparer.Ordinal);
        return new SourceStatus
        {
            Client = source.Client,
            Roots = roots,
            Files = folder.Files.Count,
            Bytes = folder.Files.Sum(claimed => claimed.File.Length),
            FilesWaiting = folder.Files.Count(claimed => !claimed.File.IsUnchangedSince(byPath.GetValueOrDefault(claimed.File.Path))),
            Records = cursors.Sum(cursor => cursor.RecordCount),
            MalformedLines = cursors.Sum(cursor => cursor.MalformedCount),
            LastRead = cursors.Count == 0 ? null : cursors.Max(cursor => cursor.ImportedAt),
            Trouble = [.. folder.Troubles, .. cursors.Where(cursor => cursor.Trouble is not null).OrderBy(cursor => cursor.Path, StringComparer.Ordinal).Select(TroubleOf)],
        };
    }

    private static Trouble TroubleOf(ImportCursor cursor) =>
        new(cursor.Path, null, cursor.MalformedCount > 1 ? $"{cursor.Trouble} (the first of {cursor.MalformedCount} malformed lines)" : cursor.Trouble!);
}
