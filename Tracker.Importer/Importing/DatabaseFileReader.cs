using Tracker.Importer.Sources;
using Tracker.Storage.Imports;

namespace Tracker.Importer.Importing;

/// <summary>Reads what is new in a client's database.</summary>
internal static class DatabaseFileReader
{
    /// <inheritdoc cref="IDatabaseFormat.Read" path="/exception"/>
    public static FileResult Read(IDatabaseFormat format, LogFile file, ImportCursor cursor, FileSteps steps, Action<long> onBytes, CancellationToken cancellationToken)
    {
        var drift = new SchemaDrift(cursor.Drift);
        var records = 0L;
        var reading = format.Read(
            file, cursor.State, drift,
            record =>
            {
                records++;
                steps.Add(record);
            },
            cancellationToken);
        onBytes(file.Length);
        steps.End(cursor with { State = reading.State, RecordCount = reading.RecordCount, MalformedCount = reading.MalformedCount, Trouble = reading.Trouble, Drift = drift.ToText() });
        return new FileResult(file.Length, records, reading.MalformedNow, reading.MalformedNow > 0 && reading.Trouble is { } trouble ? [new Trouble(file.Path, null, trouble)] : []);
    }
}
