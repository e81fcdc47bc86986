using Dapper;
using Tracker.Storage.Connections;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Schema;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>A newer Tracker migrates the database while this program is at work on it.</summary>
public sealed class NewerSchemaTests
{
    private static readonly TimeSpan Box = TimeSpan.FromSeconds(10);

    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    private static IEnumerable<TestCaseData<Func<TrackerConnectionFactory, Work>>> Programs()
    {
        yield return Case("calls of the proxy", connections =>
        {
            var writer = new UsageWriter(connections, PriceBooks.Embedded);
            return new Work(writer, () => writer.Write([Some.Usage()]));
        });
        yield return Case("steps beside a proxy", connections => Import(connections, writer => writer.Write([Step()], Box)));
        yield return Case("steps alone", connections =>
        {
            var work = Import(connections, writer => writer.Begin());
            work.Write(); // Which opens what the next one needs.
            ((ImportWriter)work.Owner).Commit();
            return work;
        });
        yield return Case("another database's names", connections => Import(connections, writer => writer.Adopt([(Some.Key(), Some.Key())])));
        yield return Case("joins", connections => Import(connections, writer => writer.Joins.Write(writer.Joins.Search(Some.Time, new HashSet<string>()), Box)));
        yield return Case("missing costs", connections => Import(connections, writer =>
        {
            Assert.That(writer.Unpriced.Search());
            writer.Unpriced.Write(Box);
        }));
        yield return Case("costs anew", connections =>
        {
            var repricing = new Repricing(connections, PriceBooks.Embedded.Current, TimeProvider.System, dryRun: false);
            return new Work(repricing, () => repricing.Next(Box));
        });
        yield return Case("sums", connections =>
        {
            var rollup = new UsageRollup(connections, PriceBooks.Embedded, TimeProvider.System);
            return new Work(rollup, () => rollup.Advance(TimeSpan.Zero));
        });
    }

    [TestCaseSource(nameof(Programs))]
    public void Nothing_more_is_written(Func<TrackerConnectionFactory, Work> begin)
    {
        _database.Write(Some.Usage());
        _database.Execute("UPDATE usage SET cost_nano_usd = 1");
        using var newer = _database.Connections.Open();
        using var work = begin(_database.Connections);
        newer.Execute($"PRAGMA user_version = {Migrations.NewestVersion + 1}");
        var before = newer.ExecuteScalar<long>("PRAGMA data_version");

        Assert.That(work.Write, Throws.InstanceOf<UnusableDatabaseException>().With.Message.Contains("made by a newer Tracker"));

        Assert.That(newer.ExecuteScalar<long>("PRAGMA data_version"), Is.EqualTo(before), "no other connection has written");
        Assert.That(() => newer.Execute("BEGIN IMMEDIATE; COMMIT"), Throws.Nothing, "nor holds it the lock");
    }

    private static Work Import(TrackerConnectionFactory connections, Action<ImportWriter> write)
    {
        var writer = new ImportWriter(connections, PriceBooks.Embedded, TimeProvider.System);
        return new Work(writer, () => write(writer));
    }

    private static ImportStep Step() => new(Some.Usage() with { Evidence = Evidence.Transcript }, null);

    private static TestCaseData<Func<TrackerConnectionFactory, Work>> Case(string name, Func<TrackerConnectionFactory, Work> begin) => new(begin) { TestName = "Nothing_more_is_written(" + name + ")" };

    /// <summary>What a part of the program has open, and the writing that it does now and then.</summary>
    public sealed record Work(IDisposable Owner, Action Write) : IDisposable
    {
        public void Dispose() => Owner.Dispose();
    }
}
