namespace Tracker.Storage.Joining;

/// <summary>A call that only the wire saw. Times are milliseconds since 1970.</summary>
/// <param name="Id">Its row.</param>
/// <param name="SentAt">When it was sent.</param>
/// <param name="EndedAt">When its answer ended.</param>
/// <param name="Counts">Its input.</param>
/// <param name="OutputTokens">Its output.</param>
/// <param name="MayBeLoggedWhole">Its client may log the input without telling what of it was cached: Ollama tells that since August 2026 only, beside a count that stayed the whole (ollama#17943).</param>
internal readonly record struct WireCall(long Id, long SentAt, long EndedAt, Counts Counts, long OutputTokens, bool MayBeLoggedWhole = false);
