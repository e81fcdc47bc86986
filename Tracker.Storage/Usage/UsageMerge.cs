namespace Tracker.Storage.Usage;

/// <summary>
/// The merge of <see cref="UsageUpsert"/> before anything is stored, for records of one call that come from the same kind of evidence: a log writes several lines about most calls.
/// A property test holds both to the same rules (docs/adr/0003-one-row-per-call.md).
/// </summary>
public static class UsageMerge
{
    /// <param name="one">A record.</param>
    /// <param name="other">Another of the same key and evidence.</param>
    public static UsageRecord Of(UsageRecord one, UsageRecord other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        if (one.Key != other.Key || one.Evidence != other.Evidence)
        {
            throw new ArgumentException("The records are not of one call and one evidence.", nameof(other));
        }

        var counts = CompareCounts(other, one) > 0 ? other : one;
        return counts with
        {
            OccurredAt = one.OccurredAt <= other.OccurredAt ? one.OccurredAt : other.OccurredAt,
            Outcome = OutcomeRank(one) >= OutcomeRank(other) ? one.Outcome : other.Outcome,
            Provider = Smaller(one.Provider, other.Provider),
            Client = Smaller(one.Client, other.Client),
            RequestModel = Smaller(one.RequestModel, other.RequestModel),
            ResponseModel = one.ModelSteppedIn == other.ModelSteppedIn ? Smaller(one.ResponseModel, other.ResponseModel)
                : one.ModelSteppedIn == true ? one.ResponseModel : other.ResponseModel,
            ModelSteppedIn = one.ModelSteppedIn ?? other.ModelSteppedIn,
            StopReason = Smaller(one.StopReason, other.StopReason),
            RequestId = Smaller(one.RequestId, other.RequestId),
            SessionId = Smaller(one.SessionId, other.SessionId),
            AgentId = Smaller(one.AgentId, other.AgentId),
            ParentAgentId = Smaller(one.ParentAgentId, other.ParentAgentId),
            Project = Smaller(one.Project, other.Project),
            ServiceTier = Smaller(one.ServiceTier, other.ServiceTier),
            Speed = Smaller(one.Speed, other.Speed),
            InferenceGeo = Smaller(one.InferenceGeo, other.InferenceGeo),
            UserAgent = Smaller(one.UserAgent, other.UserAgent),
            PromptPreview = Smaller(one.PromptPreview, other.PromptPreview),
            AuthMode = (AuthMode?)Smaller((long?)one.AuthMode, (long?)other.AuthMode), // In the order of their words in the database.
            TimeToFirstTokenMs = Smaller(one.TimeToFirstTokenMs, other.TimeToFirstTokenMs),
            StatusCode = (int?)Greater(one.StatusCode, other.StatusCode),
            Streamed = one.Streamed is null || other.Streamed is null ? one.Streamed ?? other.Streamed : one.Streamed.Value || other.Streamed.Value,
            DurationMs = Greater(one.DurationMs, other.DurationMs),
            ClientCostNanoUsd = Greater(one.ClientCostNanoUsd, other.ClientCostNanoUsd),
            Limits = Both(one.Limits, other.Limits),
            ToolCalls = Both(one.ToolCalls, other.ToolCalls),
        };
    }

    // An error that the wire saw stands above all others.
    private static int OutcomeRank(UsageRecord record) =>
        record.Outcome == CallOutcome.Error && record.Evidence.HasFlag(Evidence.Wire) ? (int)CallOutcome.Completed + 1 : (int)record.Outcome;

    /// <summary>The order in which the greater block of counts wins.</summary>
    private static int CompareCounts(UsageRecord one, UsageRecord other)
    {
        var result = one.Quality.CompareTo(other.Quality);
        if (result == 0)
        {
            result = Compare(one.OutputTokens, other.OutputTokens);
        }

        if (result == 0)
        {
            result = Compare(one.InputTokens, other.InputTokens);
        }

        if (result == 0)
        {
            result = Compare(one.CacheReadTokens, other.CacheReadTokens);
        }

        if (result == 0)
        {
            result = Compare(CacheCreationOf(one), CacheCreationOf(other));
        }

        if (result == 0)
        {
            result = Compare(one.CacheCreation1hTokens, other.CacheCreation1hTokens);
        }

        if (result == 0)
        {
            result = Compare(one.CacheCreation5mTokens, other.CacheCreation5mTokens);
        }

        if (result == 0)
        {
            result = Compare(one.ReasoningTokens, other.ReasoningTokens);
        }

        return result != 0 ? result : Compare(one.WebSearchRequests, other.WebSearchRequests);
    }

    private static long CacheCreationOf(UsageRecord record) => (record.CacheCreation5mTokens ?? 0) + (record.CacheCreation1hTokens ?? 0);

    private static int Compare(long? one, long? other) => (one ?? -1).CompareTo(other ?? -1);

    private static long? Smaller(long? one, long? other) => one is null || other is null ? one ?? other : Math.Min(one.Value, other.Value);

    private static long? Greater(long? one, long? other) => one is null || other is null ? one ?? other : Math.Max(one.Value, other.Value);

    private static string? Smaller(string? one, string? other) =>
        one is null || other is null ? one ?? other : ReferenceEquals(one, other) || CompareAsUtf8(one, other) <= 0 ? one : other;

    // As SQLite compares the stored bytes: characters outside the first 65536 are behind all others, though their UTF-16 surrogates are not.
    private static int CompareAsUtf8(string one, string other)
    {
        var same = one.AsSpan().CommonPrefixLength(other);
        return same == one.Length || same == other.Length ? one.Length.CompareTo(other.Length) : Rank(one[same]).CompareTo(Rank(other[same]));
    }

    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;

    private static IReadOnlyList<T> Both<T>(IReadOnlyList<T> one, IReadOnlyList<T> other) => other.Count == 0 ? one : one.Count == 0 ? other : [.. one, .. other];
}
