using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting;

/// <summary>Where a client has its settings.</summary>
/// <param name="IsFound">Whether the client seems to be used here.</param>
/// <param name="File">The file to change, which need not exist.</param>
/// <param name="Format">Its kind.</param>
internal sealed record ClientPlace(bool IsFound, string File, ISettingsFormat Format);
