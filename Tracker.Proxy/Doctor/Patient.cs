using Tracker.Proxy.Forwarding;
using Tracker.Storage.Care;

namespace Tracker.Proxy.Doctor;

/// <summary>What the checks look at, gathered once.</summary>
internal sealed record Patient
{
    public required DatabaseCondition Database { get; init; }

    /// <summary>Null when the database cannot be asked.</summary>
    public required DatabaseFacts? Facts { get; init; }

    public required IReadOnlyList<ProbedAddress> Addresses { get; init; }

    /// <summary>Whether a process holds the lock of the data directory; null when that cannot be seen.</summary>
    public required bool? ProxyLockIsHeld { get; init; }

    /// <summary>The same of the importer's lock.</summary>
    public required bool? ImporterLockIsHeld { get; init; }

    public required ProviderCatalog Providers { get; init; }

    public required DateTimeOffset Now { get; init; }

    public string DataDirectory => Path.GetDirectoryName(Database.Path)!;

    /// <summary>The proxy of this data directory, if it runs where the settings say.</summary>
    public ProbedAddress? Proxy => Addresses.FirstOrDefault(address => address.Status is not null);

    /// <summary>Whether a proxy is at work on the data.</summary>
    public bool ProxyRuns => ProxyLockIsHeld ?? Proxy is not null;

    /// <summary>Whether one of Tracker's programs brings the database up to date at this moment, as far as that can be told.</summary>
    public bool IsMigrating => Database.IsHeldBeforeMigration && (ImporterLockIsHeld == true || ProxyRuns);
}
