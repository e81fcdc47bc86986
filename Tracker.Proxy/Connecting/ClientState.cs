using System.Text.Json.Serialization;

namespace Tracker.Proxy.Connecting;

/// <summary>Where a client is pointed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClientState>))]
internal enum ClientState
{
    /// <summary>At its own default.</summary>
    [JsonStringEnumMemberName("not connected")]
    NotConnected,

    /// <summary>At this proxy.</summary>
    [JsonStringEnumMemberName("here")]
    Here,

    /// <summary>At another address.</summary>
    [JsonStringEnumMemberName("elsewhere")]
    Elsewhere,

    /// <summary>It cannot be pointed at a proxy, or not as it is set up.</summary>
    [JsonStringEnumMemberName("cannot connect")]
    CannotConnect,

    /// <summary>Its settings cannot be read.</summary>
    [JsonStringEnumMemberName("unreadable")]
    Unreadable,
}
