using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting;

/// <summary>A setting that connecting a client is about.</summary>
/// <param name="Key">Where it is.</param>
/// <param name="Value">What it is to be; for an address, if there is none yet. Null: an address is only changed, never added.</param>
/// <param name="Role">What it is for.</param>
internal sealed record WantedSetting(SettingKey Key, string? Value, SettingRole Role = SettingRole.Address);
