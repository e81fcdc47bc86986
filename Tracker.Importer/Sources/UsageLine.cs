using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources;

/// <summary>What a line of a log tells.</summary>
/// <param name="Record">Null for a line that carries no usage.</param>
/// <param name="Id">The line's own id, by which a later line may refer to it. Only of readers without a state: the lines of the last call are read again.</param>
/// <param name="BrokenId">The id of an earlier line whose answer, as this line tells, broke off: its counts are not the final ones.</param>
/// <param name="Limits">What the line tells of the subscription, beside the call before it; what its own record has is not here.</param>
/// <param name="Within">Runs of a model within the line's call that are rows of their own.</param>
internal readonly record struct UsageLine(
    UsageRecord? Record, string? Id = null, string? BrokenId = null, IReadOnlyList<LimitSample>? Limits = null, IReadOnlyList<UsageRecord>? Within = null);
