using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tracker.Importer.Importing;
using Tracker.Storage.Hosting;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

public sealed class StepStoreTests
{
    [Test]
    public void Steps_gathered_beside_a_proxy_are_stored_before_those_that_come_when_it_has_ended()
    {
        using var database = new TestDatabase();
        var time = new FakeTimeProvider(Some.Time);
        using (var store = new StepStore(database.Connections, PriceBooks.Embedded, time, NullLogger.Instance, CancellationToken.None))
        {
            using (DirectoryLock.TryTake(DirectoryLock.ProxyLock(database.Folder)))
            {
                store.Add([Step(1)]);
            }

            time.Advance(TimeSpan.FromSeconds(2));
            store.Add([Step(2)]);
            time.Advance(TimeSpan.FromSeconds(2));
            store.Add([]); // Its time is up.
        } // As if it had been killed: what was not committed is gone.

        Assert.That(database.Query("SELECT input_tokens AS input FROM usage ORDER BY id").Select(row => row["input"]), Is.EqualTo(new object[] { 1L, 2L }));
    }

    private static ImportStep Step(int number) => new(Some.Usage() with { Evidence = Evidence.Transcript, InputTokens = number }, null);
}
