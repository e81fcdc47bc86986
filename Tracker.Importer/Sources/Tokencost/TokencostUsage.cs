using System.Globalization;
using Tracker.Importer.Sources.ClaudeCode;
using Tracker.Storage.Imports.ClientDatabases;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Tokencost;

/// <summary>
/// A row of tokencost's as a usage record. What it took from clients' logs gets the key that the client's own source gives it, so that it is one row with what Tracker
/// reads there itself; what its proxy saw of Anthropic's has the upstream's id.
/// </summary>
internal static class TokencostUsage
{
    private const string FromLog = "-history";

    // A row of these is a run of several calls, which Tracker reads one by one.
    private const string OfRuns = "openclaw-history";

    private const long LongestMs = 86_400_000; // What is longer than a day is no call's duration.

    /// <returns>Null for a row that tells of no use, or of no time.</returns>
    public static UsageRecord? ToRecord(TokencostRequest request)
    {
        if (!DateTimeOffset.TryParse(request.Ts, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) || time < DateTimeOffset.UnixEpoch || IsEmpty(request) || request.Source == OfRuns)
        {
            return null;
        }

        var isFromLog = request.Source?.EndsWith(FromLog, StringComparison.Ordinal) == true;
        var client = ClientOf(request.Source);
        var isClaude = request.Model?.Contains("claude", StringComparison.OrdinalIgnoreCase) == true;
        var failed = request.Status >= 400;
        var cacheCreation = CacheCreation.From(Count(request.CacheCreationTokens), null, Count(request.CacheCreation1hTokens));
        return new UsageRecord
        {
            Key = KeyOf(request, client, time),
            // Its proxy was on the wire as Tracker's is, so that clients' logs can be joined with what it saw. Of other vendors' calls it does not keep whose they were.
            Evidence = isClaude && !isFromLog ? Evidence.Wire : Evidence.Transcript,
            Quality = QualityOf(isFromLog, client, isClaude),
            Outcome = failed ? CallOutcome.Error : CallOutcome.Completed,
            // Its proxy notes when the answer has ended.
            OccurredAt = isFromLog || request.DurationMs is not (> 0 and <= LongestMs and var duration) ? time : time.AddMilliseconds(-duration),
            Provider = isClaude ? "anthropic" : null,
            Client = client,
            ResponseModel = request.Model is { Length: > 0 } and not "unknown" ? request.Model : null,
            InputTokens = failed ? null : Count(request.InputTokens),
            OutputTokens = failed ? null : Count(request.OutputTokens),
            CacheReadTokens = failed ? null : Count(request.CacheReadTokens),
            CacheCreation5mTokens = failed ? null : cacheCreation.FiveMinutes,
            CacheCreation1hTokens = failed ? null : cacheCreation.OneHour,
            StatusCode = isFromLog || request.Status is not (>= 100 and <= 599) ? null : (int)request.Status.Value,
            StopReason = string.IsNullOrEmpty(request.StopReason) ? null : request.StopReason,
            DurationMs = isFromLog || request.DurationMs is not (> 0 and <= LongestMs) ? null : request.DurationMs,
            UserAgent = string.IsNullOrEmpty(request.UserAgent) ? null : request.UserAgent,
            ClientCostNanoUsd = request.CostUsd is { } dollars ? JsonFields.NanoUsd(dollars) : null,
        };
    }

    // Zeros stand for what it could not read: they are no use, unless the call failed.
    private static bool IsEmpty(TokencostRequest request) =>
        request.Status is null or < 400 && request is { InputTokens: null or 0, OutputTokens: null or 0, CacheReadTokens: null or 0, CacheCreationTokens: null or 0 };

    private static UsageKey KeyOf(TokencostRequest request, string? client, DateTimeOffset time)
    {
        if (request.MessageId?.StartsWith("msg_", StringComparison.Ordinal) == true && UsageKey.TryFromResponseId("anthropic", request.MessageId, out var key))
        {
            return key;
        }

        // "cline-history:<task>:<number of the request>" of Cline and its relatives; the time is the request's, which comes as a fraction of seconds.
        if (client is not null && request.MessageId?.Split(':') is [var source, var task, _] && source == request.Source)
        {
            return UsageKey.OfTranscript(client, $"{task}:{(time.UtcTicks + 5000 - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond}");
        }

        return UsageKey.OfTranscript(TokencostSource.Name, request.MessageId is { Length: > 0 } id ? id : $"{request.Id}:{time.ToUnixTimeMilliseconds()}");
    }

    // Of what is not Anthropic's it takes the whole input for fresh. Of logs of Cline's kind it knows not whether the cache is in the input.
    private static CountQuality QualityOf(bool isFromLog, string? client, bool isClaude) =>
        isClaude && (!isFromLog || client is ClaudeCodeSource.Name or ClaudeDesktop.ClaudeDesktopSource.Name) ? CountQuality.Exact : CountQuality.Overstated;

    private static string? ClientOf(string? source) => source switch
    {
        null or "" or "unknown" => null,
        // Claude Code within Visual Studio Code says so in its user agent.
        "claude-cli" or "claude-cli-history" or "vscode" => ClaudeCodeSource.Name,
        _ when source.EndsWith(FromLog, StringComparison.Ordinal) => source[..^FromLog.Length],
        _ => source,
    };

    private static long? Count(long? number) => number is { } count ? TokenCount.OrUnknown(count) : null;
}
