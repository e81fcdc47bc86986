using Microsoft.Extensions.Options;

namespace Tracker.Storage.Connections;

/// <summary>Where the shared database lies and how long a connection waits for the other process.</summary>
public sealed class StorageOptions
{
    public const string SectionName = "Storage";

    /// <summary>The shared file. Null or empty: <c>tracker.db</c> in the user's data directory, where a relative path begins, too. Logs lie beside it.</summary>
    public string? DatabasePath { get; set; }

    /// <summary>
    /// How long a connection waits for the other process's lock. Whole seconds from one second to ten minutes, because the driver's own
    /// retry loop counts in seconds and both waits must end together. Default 3 seconds.
    /// </summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(3);
}

/// <summary>Names every wrong storage setting by its key.</summary>
public sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var wait = options.BusyTimeout;
        return wait.Ticks % TimeSpan.TicksPerSecond == 0 && wait >= TimeSpan.FromSeconds(1) && wait <= TimeSpan.FromMinutes(10)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Storage:BusyTimeout is {wait}: it must be whole seconds between 00:00:01 and 00:10:00.");
    }
}
