using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Pricing;

/// <summary>Owns a connection for <see cref="UnpricedCalls"/>. Used by one thread.</summary>
public sealed class PricingWriter : IDisposable
{
    private readonly SqliteConnection _connection;

    /// <inheritdoc cref="TrackerConnectionFactory.Open()" path="/exception"/>
    public PricingWriter(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(connections);
        _connection = connections.Open();
        Unpriced = new UnpricedCalls(_connection, prices, time);
    }

    public UnpricedCalls Unpriced { get; }

    public void Dispose()
    {
        Unpriced.Dispose();
        _connection.Dispose();
    }
}
