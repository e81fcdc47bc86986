namespace Tracker.Proxy.Connecting;

/// <summary>What a setting is for.</summary>
internal enum SettingRole
{
    /// <summary>Where calls go. One that is there is followed to its upstream, or left alone.</summary>
    Address,

    /// <summary>Goes with the address; one that is there is the user's choice.</summary>
    Companion,

    /// <summary>Lines between marks, which are Tracker's own.</summary>
    Block,
}
