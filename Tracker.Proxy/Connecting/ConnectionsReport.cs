namespace Tracker.Proxy.Connecting;

/// <summary>All clients and where they are pointed.</summary>
/// <param name="Proxy">The proxy's address.</param>
/// <param name="Clients">The clients.</param>
internal sealed record ConnectionsReport(string Proxy, IReadOnlyList<ClientStatus> Clients);
