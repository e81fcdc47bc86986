namespace Tracker.Proxy.Doctor;

/// <summary>What <c>--repair --json</c> says of a database that needs no repair.</summary>
/// <param name="Database">Where it is.</param>
internal sealed record SoundDatabase(string Database)
{
    public bool Sound { get; } = true;
}
