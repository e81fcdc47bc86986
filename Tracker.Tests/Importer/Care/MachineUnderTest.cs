using Microsoft.Extensions.Logging.Abstractions;
using Tracker.Importer.Care;
using Tracker.Storage.Care;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;
using Tracker.Tests.Storage.Joining;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Care;

/// <summary>A machine with a database of its own, whose calls another one may take in.</summary>
internal sealed class MachineUnderTest : IDisposable
{
    private readonly TestDatabase _database = new();
    private readonly JoinUnderTest _joins;

    public MachineUnderTest() => _joins = new JoinUnderTest(_database);

    public MachineUnderTest Has(params UsageRecord[] records)
    {
        _joins.Store(records);
        return this;
    }

    public MachineUnderTest Join()
    {
        _joins.Join();
        return this;
    }

    public MachineUnderTest Prune(DateTimeOffset before)
    {
        using var pruning = new Pruning(_database.Connections, PriceBooks.Embedded, TimeProvider.System, before);
        while (pruning.Next(TimeSpan.Zero))
        {
        }

        return this;
    }

    public MachineUnderTest Merge(MachineUnderTest other)
    {
        new Merger(_database.Connections, PriceBooks.Embedded, TimeProvider.System, NullLogger<Merger>.Instance).Merge(other._database.Path);
        return this;
    }

    /// <summary>What reports tell: calls, tokens, cost.</summary>
    public UsageSums Total() => new UsageStatistics(_database.Connections, TimeProvider.System).GetTotal(new UsageFilter());

    public IReadOnlyList<string> Keys() => _joins.Keys();

    public T? Scalar<T>(string sql) => _database.Scalar<T>(sql);

    public void Dispose()
    {
        _joins.Dispose();
        _database.Dispose();
    }
}
