using Tracker.Storage.Usage;

namespace Tracker.Storage.Joining;

/// <summary>
/// When a call on the wire and a call in a client's log may be the same one though no id says so (docs/adr/0013-joining-without-a-shared-id.md). Times
/// are milliseconds since 1970.
/// </summary>
internal static class JoinRules
{
    /// <summary>
    /// How long before the request a log may stamp the call. Gemini CLI, Cline and Codex stamp the answer; opencode stamps its message before the first
    /// try, and pauses of 4, 10 and 20 seconds between tries were seen (2026-11).
    /// </summary>
    public const long EarliestBefore = 120_000;

    /// <summary>How long after the answer's end a log may stamp the call: up to 2.2 seconds were seen (2026-11).</summary>
    public const long LatestAfter = 30_000;

    /// <summary>A call that takes longer is not looked for.</summary>
    public const long LongestCall = 3_600_000;

    /// <summary>What comes into being so long after a pair has no say in it: so a decision is the same however late it is made.</summary>
    public const long Rivalry = 1_000;

    /// <summary>A pair is decided when it is this old. What came into being within <see cref="Rivalry"/> has had another second by then to get into log and database.</summary>
    public const long Settling = Rivalry + 1_000;

    /// <summary>No partner of a call is further from it than this.</summary>
    public const long Reach = LongestCall + EarliestBefore + LatestAfter;

    /// <summary>A client's own counters (<c>1</c>, <c>2</c>) instead of ids of the upstream say nothing.</summary>
    private const int ShortestToolId = 8;

    public static bool IsInTime(WireCall wire, LoggedCall logged) =>
        logged.At >= wire.SentAt - EarliestBefore && logged.At <= wire.EndedAt + LatestAfter && logged.At - wire.SentAt <= LongestCall + LatestAfter;

    /// <summary>The input and cache counts are equal already.</summary>
    public static bool HasSameOutput(WireCall wire, LoggedCall logged) => logged.Quality switch
    {
        CountQuality.Overstated => logged.OutputTokens >= wire.OutputTokens,
        // The thoughts are left out (Cline with Gemini), or the end was not seen.
        CountQuality.Partial => logged.OutputTokens <= wire.OutputTokens,
        _ => logged.OutputTokens == wire.OutputTokens,
    };

    /// <param name="wire">The call on the wire.</param>
    /// <param name="logged">The call in the log.</param>
    /// <param name="clients">Clients whose logs are known. Another name on the wire (that of an SDK) says how the call was made, not who made it.</param>
    /// <returns>How much speaks for the two being one, beside counts and time; null when something speaks against it.</returns>
    public static int? Weigh(CallDetails wire, CallDetails logged, IReadOnlySet<string> clients)
    {
        var isOtherClient = wire.Client is { } name && name != logged.Client && clients.Contains(name);
        if (isOtherClient || !HaveModelInCommon(wire, logged))
        {
            return null;
        }

        var (wireTools, loggedTools) = (Comparable(wire.ToolUseIds), Comparable(logged.ToolUseIds));
        var haveToolInCommon = wireTools.Overlaps(loggedTools);
        if (!haveToolInCommon && wireTools.Count > 0 && loggedTools.Count > 0)
        {
            return null;
        }

        return (haveToolInCommon ? 2 : 0) + (wire.SessionId is { } session && session == logged.SessionId ? 1 : 0);
    }

    private static bool HaveModelInCommon(CallDetails wire, CallDetails logged) =>
        IsOf(logged.RequestModel, wire) || IsOf(logged.ResponseModel, wire);

    private static bool IsOf(string? model, CallDetails wire) => model is not null && (model == wire.RequestModel || model == wire.ResponseModel);

    private static HashSet<string> Comparable(IEnumerable<string> ids) => ids.Where(id => id.Length >= ShortestToolId).ToHashSet(StringComparer.Ordinal);
}
