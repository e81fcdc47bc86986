namespace Tracker.Proxy.Connecting;

/// <summary>What the command line says.</summary>
/// <param name="Clients">The clients that are named; none: all that are found.</param>
/// <param name="DryRun">Only show.</param>
/// <param name="Yes">Do not ask.</param>
/// <param name="Settings">The settings among the arguments.</param>
internal sealed record ConnectArguments(IReadOnlyList<string> Clients, bool DryRun, bool Yes, IReadOnlyList<string> Settings);
