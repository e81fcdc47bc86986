namespace Tracker.Storage.Usage;

/// <summary>What a run of a model within an answer consumed, besides what the answer's own counts hold.</summary>
/// <param name="Kind">What it was for.</param>
/// <param name="Number">Its place among those of its kind, from 1.</param>
/// <param name="Model">The adviser's model; of no meaning for a compaction, which is the call's own model's.</param>
/// <param name="Tokens">Its own tokens, which are none of the answer's.</param>
public sealed record IterationUsage(IterationKind Kind, int Number, string? Model, TokenBlock Tokens)
{
    /// <summary>
    /// The run as a row of its own. It was no request of its own, so what tells of the request and its answer (status, durations, tools, limits) stays with the
    /// call. The service tier and the speed were asked for the call's own model, and decide the price of its compactions too, but not that of an adviser.
    /// </summary>
    /// <param name="call">The call within which the model ran.</param>
    public UsageRecord ToRecord(UsageRecord call)
    {
        var isOfOwnModel = Kind == IterationKind.Compaction;
        return new UsageRecord
        {
            Key = call.Key.OfIteration(Kind, Number),
            Evidence = call.Evidence,
            Quality = call.Quality,
            Outcome = call.Outcome,
            OccurredAt = call.OccurredAt,
            Provider = call.Provider,
            Client = call.Client,
            RequestModel = isOfOwnModel ? call.RequestModel : null,
            ResponseModel = isOfOwnModel ? call.ResponseModel : Model,
            ModelSteppedIn = isOfOwnModel ? call.ModelSteppedIn : null,
            InputTokens = Tokens.Input,
            OutputTokens = Tokens.Output,
            CacheReadTokens = Tokens.CacheRead,
            CacheCreation5mTokens = Tokens.CacheCreation.FiveMinutes,
            CacheCreation1hTokens = Tokens.CacheCreation.OneHour,
            RequestId = call.RequestId,
            SessionId = call.SessionId,
            AgentId = call.AgentId,
            ParentAgentId = call.ParentAgentId,
            Project = call.Project,
            ServiceTier = isOfOwnModel ? call.ServiceTier : null,
            Speed = isOfOwnModel ? call.Speed : null,
            InferenceGeo = call.InferenceGeo,
            AuthMode = call.AuthMode,
            UserAgent = call.UserAgent,
        };
    }
}
