using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Pricing;

/// <summary>Owns a connection for <see cref="UnpricedCalls"/>, beside that of the process's writer. Used by one thread.</summary>
public sealed class PricingWriter : IDisposable
{
    private readonly SqliteConnection _connection;

    /// <inheritdoc cref="TrackerConnectionFactory.OpenBesideWriter()" path="/exception"/>
    public PricingWriter(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(connections);
        _connection = connections.OpenBesideWriter();
        Unpriced = new UnpricedCalls(_connection, prices, time);
    }

    public UnpricedCalls Unpriced { get; }

    public void Dispose()
    {
        Unpriced.Dispose();
        _connection.Dispose();
    }
}
