using System.Globalization;
using Tracker.Storage.Imports.ClientDatabases;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Tokencost;

/// <summary>The table <c>requests</c> of tokencost's <c>tracker.db</c>. The state is how far it was read, and the number of records up to there.</summary>
internal sealed class TokencostFormat : IDatabaseFormat
{
    public bool Claims(ReadOnlySpan<char> relativePath) => relativePath.EndsWith(".db", StringComparison.OrdinalIgnoreCase);

    public DatabaseReading Read(LogFile file, string? state, SchemaDrift drift, Action<UsageRecord> onRecord, CancellationToken cancellationToken)
    {
        var (lastMark, records) = Parse(state);
        var read = 0L;
        var reading = TokencostDatabase.Read(
            file.Path, lastMark,
            request =>
            {
                if (TokencostUsage.ToRecord(request) is { } record)
                {
                    read++;
                    onRecord(record);
                }
            },
            cancellationToken);
        records = reading.IsWhole ? read : records + read;
        return new DatabaseReading { State = string.Create(CultureInfo.InvariantCulture, $"{reading.Mark};{records}"), RecordCount = records };
    }

    // Of a state that a version before has left all is read once more.
    private static (string? Mark, long Records) Parse(string? state) =>
        state?.Split(';') is [var mark, var count] && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var records) ? (mark, records) : (null, 0);
}
