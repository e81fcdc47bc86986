using Microsoft.Data.Sqlite;
using Tracker.Importer.Importing;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Pricing;

namespace Tracker.Importer;

/// <summary>Why something could not be done, as one line for the person who can act, and the exit code.</summary>
internal static class ImporterFailure
{
    /// <summary>Of a pass, which waits for others, and goes on the next time.</summary>
    /// <returns>Null for a failure that is a bug and should show its stack trace.</returns>
    public static StartupFailure? Explain(Exception exception) => StartupFailure.Explain(exception) ?? exception switch
    {
        PriceFileException => new(exception.Message, ExitCodes.Failed),
        HeldUpMigrationException => new($"{exception.Message} This pass has waited {DatabaseTurns.LongestWait.TotalMinutes:0} minute. What was stored is kept; the next pass goes on from there.", ExitCodes.Failed),
        SqliteException when StorageFaults.IsLocked(exception) => new(
            $"Another program has held the database for longer than {DatabaseTurns.LongestWait.TotalMinutes:0} minute. What was stored is kept; the next pass goes on from there.", ExitCodes.Failed),
        SqliteException when StorageFaults.IsLasting(exception) => Unusable(exception),
        SqliteException => new(
            $"The database cannot be written: {exception.Message} What was stored is kept; the next pass goes on from there.", ExitCodes.Failed),
        AggregateException { InnerException: { } inner } => Explain(inner),
        _ => null,
    };

    /// <summary>Of a command that is no pass: there is no next one.</summary>
    /// <inheritdoc cref="Explain" path="/returns"/>
    public static StartupFailure? ExplainCommand(Exception exception) => exception switch
    {
        HeldUpMigrationException => new($"{exception.Message} Try again when it has ended.", ExitCodes.Failed),
        SqliteException when StorageFaults.IsLocked(exception) => new("Another program is using the database, perhaps to bring it up to date. Try again when it has ended.", ExitCodes.Failed),
        SqliteException => Unusable(exception),
        _ => Explain(exception),
    };

    /// <summary>Waiting does not help, and nobody knows what is still there.</summary>
    public static StartupFailure Unusable(Exception exception) => new($"The database cannot be used: {exception.Message} 'tracker-proxy doctor' says what to do.", ExitCodes.Failed);
}
