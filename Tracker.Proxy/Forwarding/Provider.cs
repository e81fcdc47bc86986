using Tracker.Proxy.Providers;

namespace Tracker.Proxy.Forwarding;

/// <summary>An upstream that requests are forwarded to.</summary>
internal sealed record Provider
{
    /// <summary>The name of its route, and of the <c>provider</c> column.</summary>
    public required string Name { get; init; }

    /// <summary>Without a slash at its end; what is left of the request's target is appended as it is.</summary>
    public required string BaseAddress { get; init; }

    public required Dialect Dialect { get; init; }

    /// <inheritdoc cref="ProviderOptions.DrainAfterDisconnect"/>
    public bool DrainAfterDisconnect { get; init; }

    /// <inheritdoc cref="ProviderOptions.AskForUsage"/>
    public bool AskForUsage { get; init; }
}
