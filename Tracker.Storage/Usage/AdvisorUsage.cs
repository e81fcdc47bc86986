namespace Tracker.Storage.Usage;

/// <summary>What a model consumed that another one asked for advice in the midst of its answer. It is billed at its own model's rates.</summary>
/// <param name="Model">The model that gave the advice.</param>
/// <param name="Tokens">Its own tokens, which are none of the answer's.</param>
public sealed record AdvisorUsage(string? Model, TokenBlock Tokens)
{
    /// <summary>
    /// The advice as a call of its own. It was no request of its own, so what tells of the request and its answer (status, durations, tools, limits) stays with the
    /// call. So do the service tier and the speed, which were asked for another model.
    /// </summary>
    /// <param name="call">The call within which the advice was given.</param>
    /// <param name="number">Its place among the advice of that call, from 1.</param>
    public UsageRecord ToRecord(UsageRecord call, int number) => new()
    {
        Key = call.Key.OfAdvisor(number),
        Evidence = call.Evidence,
        Quality = call.Quality,
        Outcome = call.Outcome,
        OccurredAt = call.OccurredAt,
        Provider = call.Provider,
        Client = call.Client,
        ResponseModel = Model,
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
        InferenceGeo = call.InferenceGeo,
        AuthMode = call.AuthMode,
        UserAgent = call.UserAgent,
    };
}
