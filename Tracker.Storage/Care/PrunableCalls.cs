namespace Tracker.Storage.Care;

/// <summary>The calls that pruning would remove.</summary>
public sealed record PrunableCalls
{
    public long Calls { get; init; }

    /// <summary>Null when there is none.</summary>
    public DateTimeOffset? FirstAt => FirstAtMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    public DateTimeOffset? LastAt => LastAtMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    public long? CostNanoUsd { get; init; }

    internal long? FirstAtMs { get; init; }

    internal long? LastAtMs { get; init; }
}
