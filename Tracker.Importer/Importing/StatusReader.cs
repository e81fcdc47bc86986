using System.Globalization;
using System.Text.RegularExpressions;
using Tracker.Importer.Sources;
using Tracker.Storage.Connections;
using Tracker.Storage.Imports;

namespace Tracker.Importer.Importing;

/// <summary>Compares what is on disk with what the cursors say. Reads only.</summary>
internal sealed partial class StatusReader(TrackerConnectionFactory connections, ImportStatus imports)
{
    /// <exception cref="StorageException">The database cannot be used.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The database cannot be read.</exception>
    public StatusDocument Read(IReadOnlyList<IUsageSource> sources)
    {
        // Opening the database would make it.
        var exists = File.Exists(connections.DatabasePath);
        var clients = exists ? imports.ReadClients().ToDictionary(client => client.Client, StringComparer.Ordinal) : [];
        return new StatusDocument
        {
            Database = connections.DatabasePath,
            DatabaseExists = exists,
            LastImport = exists ? imports.ReadLastImport() : null,
            Sources = [.. sources.Select(source => Read(source, clients.GetValueOrDefault(source.Client), exists ? imports.ReadCursors(source.Client) : []))],
        };
    }

    private static SourceStatus Read(IUsageSource source, LoggedClient? client, IReadOnlyList<ImportCursor> cursors)
    {
        var roots = source.FindRoots().Select(root => new RootStatus(root, Path.Exists(root))).ToList();
        var folder = LogFolder.List(roots.Select(root => root.Path), source.Formats);
        // What is wrong with a file that is gone is nobody's trouble any more; its rows stay.
        var paths = folder.Files.Select(claimed => claimed.File.Path).ToHashSet(StringComparer.Ordinal);
        var present = cursors.Where(cursor => paths.Contains(cursor.Path)).ToList();
        var byPath = cursors.ToDictionary(cursor => cursor.Path, StringComparer.Ordinal);
        return new SourceStatus
        {
            Client = source.Client,
            Roots = roots,
            Files = folder.Files.Count,
            Bytes = folder.Files.Sum(claimed => claimed.File.Length),
            FilesWaiting = folder.Files.Count(claimed => !claimed.File.IsUnchangedSince(claimed.CursorIn(byPath))),
            Records = cursors.Sum(cursor => cursor.RecordCount),
            MalformedLines = present.Sum(cursor => cursor.MalformedCount),
            LastRead = cursors.Count == 0 ? null : cursors.Max(cursor => cursor.ImportedAt),
            Experimental = source.IsExperimental,
            Rows = source.HasCallsOfOthers ? null : client?.Calls ?? 0,
            LastRecord = source.HasCallsOfOthers ? null : client?.LastCall,
            UnfinishedSubAgentCalls = client?.UnfinishedSubAgentCalls ?? 0,
            UnknownFields = [.. UnknownIn(present)],
            Retention = source.FindRetention(),
            Trouble =
            [
                .. folder.Troubles,
                .. folder.BadLinks,
                .. present.OrderByDescending(cursor => cursor.ModifiedAtTicks).ThenBy(cursor => cursor.Path, StringComparer.Ordinal).SelectMany(TroublesOf),
            ],
        };
    }

    private static IEnumerable<UnknownField> UnknownIn(IReadOnlyList<ImportCursor> cursors) => cursors
        .SelectMany(cursor => (cursor.Drift?.Split(' ') ?? []).Select(name => (Name: name, Cursor: cursor)))
        .GroupBy(unknown => unknown.Name, unknown => unknown.Cursor, StringComparer.Ordinal)
        .OrderBy(field => field.Key, StringComparer.Ordinal)
        .Select(field => new UnknownField(
            field.Key, field.Count(), new DateTimeOffset(field.Min(cursor => cursor.ModifiedAtTicks), TimeSpan.Zero), field.MaxBy(cursor => cursor.ModifiedAtTicks)!.Path));

    private static IEnumerable<Trouble> TroublesOf(ImportCursor cursor)
    {
        if (cursor.Trouble is { } trouble)
        {
            yield return new Trouble(cursor.Path, null, trouble);
        }

        if (cursor.FirstMalformed is { } first)
        {
            // Such as "line 7 is not valid JSON".
            var line = LineTrouble().Match(first);
            var reason = line.Success ? line.Groups["reason"].Value : first;
            yield return new Trouble(
                cursor.Path, line.Success ? long.Parse(line.Groups["line"].ValueSpan, CultureInfo.InvariantCulture) : null,
                cursor.MalformedCount > 1 ? $"{reason} (the first of {cursor.MalformedCount} malformed lines)" : reason);
        }
    }

    [GeneratedRegex(@"^line (?<line>\d{1,18}) (?<reason>.+)$")]
    private static partial Regex LineTrouble();
}
