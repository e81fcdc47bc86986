namespace Tracker.Storage.Hosting;

/// <summary>Exit codes of both programs.</summary>
public static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>A source, the host or a background service failed.</summary>
    public const int Failed = 1;

    /// <summary>Wrong arguments or settings.</summary>
    public const int Usage = 2;
}
