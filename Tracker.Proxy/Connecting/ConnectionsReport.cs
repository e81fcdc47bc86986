using System.Text.Json.Serialization;

namespace Tracker.Proxy.Connecting;

/// <summary>All clients and where they are pointed.</summary>
/// <param name="Proxy">The proxy's address.</param>
/// <param name="Clients">The clients.</param>
internal sealed record ConnectionsReport(string Proxy, IReadOnlyList<ClientStatus> Clients);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConnectionsReport))]
internal sealed partial class ConnectionsReportJson : JsonSerializerContext;
