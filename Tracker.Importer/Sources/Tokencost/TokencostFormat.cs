using Tracker.Storage.Imports.ClientDatabases;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Tokencost;

/// <summary>The table <c>requests</c> of tokencost's <c>tracker.db</c>.</summary>
internal sealed class TokencostFormat : IDatabaseFormat
{
    public bool Claims(ReadOnlySpan<char> relativePath) => relativePath.EndsWith(".db", StringComparison.OrdinalIgnoreCase);

    public string? Read(LogFile file, string? state, SchemaDrift drift, Action<UsageRecord> onRecord, CancellationToken cancellationToken) => TokencostDatabase.Read(
        file.Path, state,
        request =>
        {
            if (TokencostUsage.ToRecord(request) is { } record)
            {
                onRecord(record);
            }
        },
        cancellationToken);
}
