using System.Text.Json.Serialization;

namespace Tracker.Proxy.Connecting;

/// <summary>The file of the connections.</summary>
internal sealed record ConnectionDocument(int Version, IReadOnlyList<Connection> Connections);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConnectionDocument))]
internal sealed partial class ConnectionJson : JsonSerializerContext;
