namespace Tracker.Storage.Joining;

/// <summary>A call that only the wire saw. Times are milliseconds since 1970.</summary>
internal readonly record struct WireCall(long Id, long SentAt, long EndedAt, Counts Counts, long OutputTokens);
