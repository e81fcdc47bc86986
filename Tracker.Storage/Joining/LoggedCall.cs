using Tracker.Storage.Usage;

namespace Tracker.Storage.Joining;

/// <summary>A call that only a client's log names, under a key of the client's own.</summary>
/// <param name="Id">Of its row.</param>
/// <param name="At">Its stamp, in milliseconds since 1970: some clients stamp the request, others the answer.</param>
/// <param name="Counts">What went in.</param>
/// <param name="OutputTokens">What came out.</param>
/// <param name="Quality">Whether that is known to be too much, or too little.</param>
internal readonly record struct LoggedCall(long Id, long At, Counts Counts, long OutputTokens, CountQuality Quality);
