using Microsoft.Data.Sqlite;
using Tracker.Importer;
using Tracker.Storage.Connections;

namespace Tracker.Tests.Importer;

public sealed class ImporterFailureTests
{
    private static readonly SqliteException Locked = new("SQLite Error 5: 'database is locked'.", 5, 5);
    private static readonly HeldUpMigrationException HeldUp = new("tracker.db is being migrated.", Locked);

    [Test]
    public void Pass_beside_a_migration_that_takes_longer_than_its_patience_says_so() => Assert.That(
        ImporterFailure.Explain(new AggregateException(HeldUp))!.Message,
        Is.EqualTo("tracker.db is being migrated. This pass has waited 1 minute. What was stored is kept; the next pass goes on from there."));

    [Test]
    public void Command_that_is_no_pass_promises_none([Values] bool isMigrating)
    {
        var failure = ImporterFailure.ExplainCommand(isMigrating ? HeldUp : Locked)!;

        Assert.That(failure.Message, Does.EndWith("Try again when it has ended.").And.Not.Contain("minute").And.Not.Contain("pass"));
        Assert.That(failure.Message, Does.StartWith(isMigrating ? HeldUp.Message : "Another program is using the database"));
    }
}
