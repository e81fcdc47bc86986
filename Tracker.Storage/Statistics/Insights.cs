namespace Tracker.Storage.Statistics;

/// <summary>The calls that show each pattern, the five greatest of each.</summary>
/// <param name="CacheOutlived">
/// By project: calls that came later than the short and sooner than the long lifetime after the call before of the same session, agent and model, and wrote
/// more to the five-minute cache than they read. <see cref="Insight.Tokens"/>: those written.
/// </param>
/// <param name="CacheHardlyRead">By session: more than <see cref="InsightQueries.MuchWritten"/> tokens were written to the cache, and more than were ever read from it. <see cref="Insight.Tokens"/>: those written.</param>
/// <param name="LargeContexts">By project: calls with more than <see cref="InsightQueries.LargeContext"/> tokens of input. <see cref="Insight.Tokens"/>: what went in.</param>
/// <param name="TinyAnswers">By model: at least <see cref="InsightQueries.FewestTinyAnswers"/> completed answers of at most <see cref="InsightQueries.TinyOutput"/> tokens that asked for no tool. <see cref="Insight.Tokens"/>: what went in.</param>
public sealed record Insights(IReadOnlyList<Insight> CacheOutlived, IReadOnlyList<Insight> CacheHardlyRead, IReadOnlyList<Insight> LargeContexts, IReadOnlyList<Insight> TinyAnswers);
