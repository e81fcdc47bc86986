using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tracker.Importer.Importing;
using Tracker.Storage.Hosting;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

public sealed class StepStoreTests
{
    private readonly TestDatabase _database = new();
    private readonly FakeTimeProvider _time = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void What_was_gathered_beside_a_proxy_is_stored_when_nothing_comes_for_a_while()
    {
        using var proxy = DirectoryLock.TryTake(DirectoryLock.ProxyLock(_database.Folder));
        using var store = new StepStore(_database.Connections, PriceBooks.Embedded, _time, NullLogger.Instance, CancellationToken.None);
        store.Add([new ImportStep(Some.Usage(), null)]);
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.Zero);

        store.Add([]);

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1));
    }

    [Test]
    public void Cursor_is_never_stored_before_the_records_that_were_gathered_beside_a_proxy_that_has_stopped()
    {
        using (var store = new StepStore(_database.Connections, PriceBooks.Embedded, _time, NullLogger.Instance, CancellationToken.None))
        {
            using (DirectoryLock.TryTake(DirectoryLock.ProxyLock(_database.Folder)))
            {
                store.Add([new ImportStep(Some.Usage(), null)]);
            }

            _time.Advance(TimeSpan.FromSeconds(2)); // A proxy is looked for once a second.
            store.Add([new ImportStep(null, Some.Cursor())]);
            _time.Advance(TimeSpan.FromSeconds(2)); // By now what is stored alone is committed.
            store.Add([new ImportStep(Some.Usage(), null)]);
        } // The importer was ended.

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM import_cursor"), Is.EqualTo(1));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(2));
    }
}
