using Microsoft.Data.Sqlite;
using Tracker.Importer.Importing;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Pricing;

namespace Tracker.Importer;

/// <summary>Why an import could not be done, as one line for the person who can act, and the exit code.</summary>
internal static class ImporterFailure
{
    /// <returns>Null for a failure that is a bug and should show its stack trace.</returns>
    public static StartupFailure? Explain(Exception exception) => StartupFailure.Explain(exception) ?? exception switch
    {
        PriceFileException => new(exception.Message, ExitCodes.Failed),
        SqliteException when StorageFaults.IsLocked(exception) => new(
            $"Another program has held the database for longer than {DatabaseTurns.LongestWait.TotalMinutes:0} minute. What was stored is kept; the next pass goes on from there.", ExitCodes.Failed),
        SqliteException when StorageFaults.IsLasting(exception) => Unusable(exception),
        SqliteException => new(
            $"The database cannot be written: {exception.Message} What was stored is kept; the next pass goes on from there.", ExitCodes.Failed),
        AggregateException { InnerException: { } inner } => Explain(inner),
        _ => null,
    };

    /// <summary>Waiting does not help, and nobody knows what is still there.</summary>
    public static StartupFailure Unusable(Exception exception) => new($"The database cannot be used: {exception.Message} 'tracker-proxy doctor' says what to do.", ExitCodes.Failed);
}
