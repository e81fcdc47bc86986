using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using Tracker.Proxy.Providers;
using Tracker.Proxy.Recording;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Capture;

/// <summary>
/// What is seen of one call while it is forwarded. The record is handed over once: as soon as the answer's usage is complete, before its last
/// bytes go to the client, else when the exchange has ended. Nothing here can fail the request.
/// </summary>
internal sealed partial class CallCapture : IDisposable
{
    // OpenAI keeps responses for 30 days (its documentation of "store", seen 2026-11). An older time is none: some servers write 0.
    private static readonly TimeSpan LongestKept = TimeSpan.FromDays(60);

    private readonly CallCaptureFactory _factory;
    private readonly UsageQueue _queue;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IModelEndpoint _endpoint;
    private readonly string _provider;
    private readonly CallHeaders _headers;
    private readonly DateTimeOffset _occurredAt;
    private readonly long _started;

    private readonly IRequestReader _request;
    private readonly bool _canReadRequest;
    private readonly ContentDecoder? _requestDecoder; // Null for a body that is not encoded, as below.
    private ContentDecoder.Output? _readRequest; // Both are only made for a body that is encoded.
    private ContentDecoder.Output? _readUsage;
    private IUsageReader? _usage;
    private bool _canReadResponse;
    private ContentDecoder? _responseDecoder;
    private int? _statusCode;
    private string? _requestId;
    private string? _serviceTier;
    private IReadOnlyList<LimitSample> _limits = [];
    private long? _timeToFirstTokenMs;
    private int _handedOver;
    private bool _hasFailed;
    private bool _hasBody;

    public CallCapture(CallCaptureFactory factory, IModelEndpoint endpoint, ReadOnlySpan<char> path, string provider, CallHeaders headers)
    {
        _factory = factory;
        factory.OnBegun();
        _queue = factory.Queue;
        _time = factory.Time;
        _logger = factory.Logger;
        _endpoint = endpoint;
        _provider = provider;
        _headers = headers;
        _occurredAt = _time.GetUtcNow();
        _started = _time.GetTimestamp();
        _request = endpoint.CreateRequestReader(path, factory.PreviewLength);
        _canReadRequest = ContentDecoder.TryCreate(headers.ContentEncoding, out _requestDecoder);
    }

    /// <summary>A successful answer has begun and the end of its usage has not come yet.</summary>
    public bool AwaitsUsage => IsReadingUsage && _canReadResponse && _responseDecoder is not { Failed: true };

    [MemberNotNullWhen(true, nameof(_usage))]
    private bool IsReadingUsage => _usage is not null && _handedOver == 0 && !_hasFailed;

    /// <summary>Shows a piece of the request's body.</summary>
    public void ObserveRequest(ReadOnlyMemory<byte> piece)
    {
        if (!_canReadRequest || _hasFailed || piece.IsEmpty)
        {
            return;
        }

        if (_requestDecoder is null)
        {
            ObserveRequestMessage(piece.Span);
            return;
        }

        try
        {
            _requestDecoder.Decode(piece, _readRequest ??= _request.Read);
        }
        catch (Exception exception)
        {
            GiveUp(exception);
        }
    }

    /// <summary>Shows the response's status and headers.</summary>
    public void ObserveResponse(HttpResponseMessage response)
    {
        _statusCode = (int)response.StatusCode;
        _requestId = Header(response.Headers, "request-id") ?? Header(response.Headers, "x-request-id");
        _limits = LimitHeaders.Read(response.Headers, _time.GetUtcNow());
        if (!response.IsSuccessStatusCode)
        {
            return; // An error's body holds no usage.
        }

        // Google's word for the tier that served the call (ai.google.dev/gemini-api/docs/priority-inference, seen 2026-11).
        _serviceTier = Header(response.Headers, "x-gemini-service-tier");
        var content = response.Content.Headers;
        _usage = _endpoint.CreateUsageReader(BodyFormats.FromContentType(Header(content, "Content-Type")));
        _canReadResponse = ContentDecoder.TryCreate(Header(content, "Content-Encoding"), out _responseDecoder);
    }

    /// <summary>Shows a piece of the response's body, before it goes to the client.</summary>
    public void ObserveResponse(ReadOnlyMemory<byte> piece)
    {
        if (!IsReadingUsage || !_canReadResponse)
        {
            return;
        }

        _hasBody |= !piece.IsEmpty;
        try
        {
            if (_responseDecoder is null)
            {
                _usage.Read(piece.Span);
            }
            else
            {
                _responseDecoder.Decode(piece, _readUsage ??= _usage.Read);
            }

            OnRead(_usage);
        }
        catch (Exception exception)
        {
            GiveUp(exception);
        }
    }

    /// <summary>Shows a piece of the message that asks for a response on a WebSocket.</summary>
    public void ObserveRequestMessage(ReadOnlySpan<byte> piece)
    {
        if (_hasFailed)
        {
            return;
        }

        try
        {
            _request.Read(piece);
        }
        catch (Exception exception)
        {
            GiveUp(exception);
        }
    }

    /// <summary>The message that asks is whole; the answer comes in messages.</summary>
    public void BeginMessages()
    {
        _statusCode = StatusCodes.Status101SwitchingProtocols;
        _usage = _endpoint.CreateUsageReader(BodyFormat.Messages);
    }

    /// <summary>What the socket has told of a subscription's windows.</summary>
    public void AddLimits(IReadOnlyList<LimitSample> limits) => _limits = LimitHeaders.Latest(_limits, limits);

    /// <summary>Shows a piece of a message of the answer, before it goes to the client.</summary>
    public void ObserveMessage(ReadOnlySpan<byte> piece)
    {
        if (!IsReadingUsage)
        {
            return;
        }

        try
        {
            _usage.Read(piece);
        }
        catch (Exception exception)
        {
            GiveUp(exception);
        }
    }

    /// <summary>That message is whole.</summary>
    /// <returns>Whether it was the last one of the answer.</returns>
    public bool EndMessage()
    {
        if (IsReadingUsage)
        {
            try
            {
                _usage.EndMessage();
                OnRead(_usage);
            }
            catch (Exception exception)
            {
                GiveUp(exception);
            }
        }

        return _handedOver != 0;
    }

    /// <summary>The exchange has failed before the client got anything of an answer, which the proxy gives now: that one's body is not the model's.</summary>
    /// <param name="statusCode">The status that the client gets, whatever the upstream's head has said.</param>
    public void Fail(int statusCode)
    {
        _statusCode = statusCode;
        if (!_hasBody)
        {
            _usage = null; // As if the upstream had not answered at all.
        }

        HandOver();
    }

    /// <summary>The exchange has ended, well or not: hands the record over unless that has been done.</summary>
    /// <param name="statusCode">The status that the client got, if it got one that did not come from the upstream.</param>
    public void End(int? statusCode)
    {
        _statusCode ??= statusCode;
        HandOver();
    }

    public void Dispose()
    {
        _factory.OnEnded();
        _requestDecoder?.Dispose();
        _responseDecoder?.Dispose();
    }

    private void OnRead(IUsageReader usage)
    {
        if (_timeToFirstTokenMs is null && usage.HasContent)
        {
            _timeToFirstTokenMs = ElapsedMs();
        }

        if (usage.IsComplete)
        {
            HandOver();
        }
    }

    private static string? Header(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.ToString() is var text ? text[..Math.Min(text.Length, CallHeaders.LongestText)] : null;

    private long ElapsedMs() => (long)_time.GetElapsedTime(_started).TotalMilliseconds;

    /// <summary>A fault of our own in reading must not become the client's: the bytes flow on, and the call is recorded with what was understood.</summary>
    private void GiveUp(Exception exception)
    {
        _hasFailed = true;
        LogCaptureFailed(exception, _provider);
    }

    private void HandOver()
    {
        if (Interlocked.Exchange(ref _handedOver, 1) != 0)
        {
            return;
        }

        var usage = _usage?.Usage;
        if (usage is { RanNoModel: true })
        {
            return;
        }

        if ((_endpoint.ShowsEarlierCall ? ToRecordOfEarlierCall(usage) : ToRecord(usage)) is not { } record)
        {
            return;
        }

        _queue.TryEnqueue(record);
        for (var i = 0; i < usage?.IterationsApart.Count; i++)
        {
            _queue.TryEnqueue(usage.IterationsApart[i].ToRecord(record));
        }
    }

    /// <summary>What an answer tells of the call that made it. Who asks for it now need not be who made the call, nor knows how long that took.</summary>
    /// <returns>Null where the answer does not tell which call that is, when it was, or that it is over.</returns>
    private UsageRecord? ToRecordOfEarlierCall(ObservedUsage? usage)
    {
        if (usage is not { StopReason: not null, CreatedAt: { } createdAt } || createdAt < _occurredAt - LongestKept || !UsageKey.TryFromResponseId(usage.DialectNamespace, usage.ResponseId, out _))
        {
            return null;
        }

        // Told in whole seconds and rounded down: the earlier of two times is kept, and that must be the time at which the request was sent, if it was seen.
        var began = createdAt.AddSeconds(1);
        return ToRecord(usage) with
        {
            OccurredAt = began < _occurredAt ? began : _occurredAt,
            DurationMs = null,
            TimeToFirstTokenMs = null,
            RequestId = null,
            Streamed = null,
            Client = null,
            UserAgent = null,
            SessionId = null,
            AgentId = null,
            ParentAgentId = null,
        };
    }

    private UsageRecord ToRecord(ObservedUsage? usage)
    {
        var request = _request.Request;
        var client = _headers.NamesClient ? _headers.Client : request.Client ?? _headers.Client;
        var outcome = OutcomeOf(usage);
        var key = usage is not null && UsageKey.TryFromResponseId(usage.DialectNamespace, usage.ResponseId, out var shared)
            ? shared
            : UsageKey.OfProxy(_occurredAt);
        return new UsageRecord
        {
            Key = key,
            Evidence = Evidence.Wire,
            // A refused call has no counts, and nothing better will come. A stream that was not asked for its usage has none either, and an odd answer one of two, but a transcript may.
            Quality = usage is null || (outcome == CallOutcome.Completed && usage.HasCounts) ? CountQuality.Final : CountQuality.Partial,
            Outcome = outcome,
            OccurredAt = _occurredAt,
            Provider = _provider,
            Client = client,
            RequestModel = request.Model,
            ResponseModel = usage?.Model,
            ModelSteppedIn = usage?.ModelSteppedIn == true ? true : null,
            InputTokens = usage?.InputTokens,
            OutputTokens = usage?.OutputTokens,
            ReasoningTokens = usage?.ReasoningTokens,
            CacheReadTokens = usage?.CacheReadTokens,
            CacheCreation5mTokens = usage?.CacheCreation5mTokens,
            CacheCreation1hTokens = usage?.CacheCreation1hTokens,
            WebSearchRequests = usage?.WebSearchRequests,
            StatusCode = usage?.ErrorStatus ?? _statusCode,
            StopReason = usage?.StopReason,
            Streamed = request.Streamed,
            DurationMs = ElapsedMs(),
            TimeToFirstTokenMs = _timeToFirstTokenMs,
            RequestId = _requestId,
            SessionId = _headers.SessionId ?? request.SessionId ?? (CacheKeyIsSession(client) ? request.PromptCacheKey : null),
            AgentId = _headers.AgentId,
            ParentAgentId = _headers.ParentAgentId,
            ServiceTier = usage?.ServiceTier ?? _serviceTier,
            Speed = usage?.Speed,
            InferenceGeo = usage?.InferenceGeo,
            AuthMode = _headers.AuthMode,
            UserAgent = _headers.UserAgent,
            PromptPreview = request.PromptPreview,
            Limits = _limits,
            ToolCalls = usage?.ToolCalls ?? [],
        };
    }

    // Codex's is its thread's id, opencode's its session's. Copilot CLI's is a hash, and an application's may be a name that all its calls have (seen 2026-11).
    private static bool CacheKeyIsSession(string? client) => client is "codex" or "opencode";

    private CallOutcome OutcomeOf(ObservedUsage? usage) => usage switch
    {
        { IsFinal: true } => CallOutcome.Completed,
        { IsError: true } => CallOutcome.Error,
        null when _statusCode is not null => CallOutcome.Error,
        _ => CallOutcome.Incomplete,
    };

    [LoggerMessage(EventIds.CaptureFailed, LogLevel.Error, "Tracker could not read a call to {Provider}. It was forwarded all the same; please report this", EventName = nameof(EventIds.CaptureFailed))]
    private partial void LogCaptureFailed(Exception exception, string provider);
}
