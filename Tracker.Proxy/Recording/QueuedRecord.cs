using Tracker.Storage.Usage;

namespace Tracker.Proxy.Recording;

/// <summary>A record on its way to the database.</summary>
/// <param name="Record">What was seen of the call.</param>
/// <param name="Segment">Where it lies in the journal too; null when the journal could not take it.</param>
internal readonly record struct QueuedRecord(UsageRecord Record, JournalSegment? Segment);
