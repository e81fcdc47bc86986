using System.Buffers;
using System.Net.Http.Headers;
using Tracker.Proxy.Providers;
using Tracker.Proxy.Providers.OpenAI;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Capture;

/// <summary>
/// What is seen of the responses on one WebSocket while its bytes pass. Each message of the client that asks for a response begins a call, and the message
/// of the upstream that ends the response ends it. Both directions are shown at the same time; nothing here can fail the socket.
/// </summary>
internal sealed partial class SocketCapture : IDisposable
{
    /// <summary>Responses that one socket has under way; more are not recorded.</summary>
    private const int MostOpen = 256;

    /// <summary>Bytes of a message that are held while it is not known which of several responses it belongs to. Of a longer one nobody can say.</summary>
    private const int MostHeld = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly CallCaptureFactory _factory;
    private readonly IModelEndpoint _endpoint;
    private readonly string _provider;
    private readonly CallHeaders _headers;
    private readonly WebSocketFrameReader _client;
    private readonly WebSocketFrameReader _upstream;
    private readonly ResponsesMessageHead _clientHead = new();
    private readonly ResponsesMessageHead _upstreamHead = new();
    private readonly CodexRateLimitsMessage _rateLimits = new();

    // In the order in which they were asked for.
    private readonly List<(string? StreamId, CallCapture Call)> _open = [];
    private readonly ArrayBufferWriter<byte> _held = new();
    private IReadOnlyList<LimitSample> _limits = []; // What was told while no response was under way: the next one's.
    private CallCapture? _asking;
    private CallCapture? _answered;
    private bool _isHolding;
    private bool _isInMessage;
    private bool _isOver;

    public SocketCapture(CallCaptureFactory factory, IModelEndpoint endpoint, string provider, CallHeaders headers)
    {
        (_factory, _endpoint, _provider, _headers) = (factory, endpoint, provider, headers);
        _client = new WebSocketFrameReader(OnClientText, OnClientMessage);
        _upstream = new WebSocketFrameReader(OnUpstreamText, OnUpstreamMessage);
    }

    /// <summary>Whether a response is under way.</summary>
    public bool HasOpen
    {
        get
        {
            lock (_gate)
            {
                return _open.Count > 0;
            }
        }
    }

    /// <summary>The connection has become a socket.</summary>
    /// <param name="headers">Of the upstream's 101.</param>
    public void Begin(HttpResponseHeaders headers)
    {
        lock (_gate)
        {
            _limits = LimitHeaders.Read(headers, _factory.Time.GetUtcNow());
            if (headers.NonValidated.TryGetValues("Sec-WebSocket-Extensions", out var extensions) && extensions.ToString().Contains("permessage-deflate", StringComparison.OrdinalIgnoreCase))
            {
                _client.Inflate();
                _upstream.Inflate();
            }
        }
    }

    /// <summary>Shows bytes from the client, before they go to the upstream.</summary>
    public void ObserveClient(ReadOnlyMemory<byte> bytes) => Observe(_client, bytes);

    /// <summary>Shows bytes from the upstream, before they go to the client.</summary>
    public void ObserveUpstream(ReadOnlyMemory<byte> bytes) => Observe(_upstream, bytes);

    /// <summary>The socket is closed: what is still under way is recorded as it is.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isOver = true;
            foreach (var (_, call) in _open)
            {
                call.End(statusCode: null);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _open.ForEach(open => open.Call.Dispose());
            _asking?.Dispose();
            _client.Dispose();
            _upstream.Dispose();
        }
    }

    private void Observe(WebSocketFrameReader reader, ReadOnlyMemory<byte> bytes)
    {
        lock (_gate) // Held for the reading of one piece in memory.
        {
            if (_isOver)
            {
                return;
            }

            try
            {
                reader.Read(bytes);
            }
            catch (Exception exception)
            {
                _isOver = true; // A fault of our own must not become the socket's.
                LogCaptureFailed(_factory.Logger, exception, _provider);
                _open.ForEach(open => open.Call.End(statusCode: null));
            }
        }
    }

    private void OnClientText(ReadOnlySpan<byte> piece)
    {
        _asking ??= new CallCapture(_factory, _endpoint, default, _provider, _headers);
        _asking.ObserveRequestMessage(piece);
        _clientHead.Read(piece);
    }

    private void OnClientMessage()
    {
        if (_asking is not null && _clientHead.IsCreate && _open.Count < MostOpen)
        {
            _asking.BeginMessages();
            _asking.AddLimits(_limits);
            _limits = [];
            _open.Add((_clientHead.StreamId, _asking));
        }
        else
        {
            _asking?.Dispose(); // Something else than a call: nothing is recorded.
        }

        _asking = null;
        _clientHead.Reset();
    }

    private void OnUpstreamText(ReadOnlySpan<byte> piece)
    {
        if (!_isInMessage)
        {
            _isInMessage = true;
            _answered = _open.Count == 1 ? _open[0].Call : null;
            _isHolding = _open.Count > 1;
        }

        _rateLimits.Read(piece);
        if (!_isHolding)
        {
            _answered?.ObserveMessage(piece);
            return;
        }

        _upstreamHead.Read(piece);
        _held.Write(piece);
        if (_upstreamHead.StreamId is not null)
        {
            Assign();
        }
        else if (_held.WrittenCount > MostHeld)
        {
            _isHolding = false;
            _held.ResetWrittenCount();
        }
    }

    private void OnUpstreamMessage()
    {
        if (_rateLimits.Take(_factory.Time) is { Count: > 0 } limits)
        {
            OnLimits(limits);
        }

        if (_isHolding)
        {
            Assign();
        }

        if (_answered?.EndMessage() == true)
        {
            _open.RemoveAll(open => open.Call == _answered);
            _answered.Dispose();
        }

        (_isInMessage, _answered) = (false, null);
        _upstreamHead.Reset();
    }

    // Whose message it is does not matter: the row is only what carries them to the database.
    private void OnLimits(IReadOnlyList<LimitSample> limits)
    {
        if (_open.Count > 0)
        {
            _open[0].Call.AddLimits(limits);
        }
        else
        {
            _limits = LimitHeaders.Latest(_limits, limits);
        }
    }

    /// <summary>Gives what is held to the response that it belongs to: the oldest in its lane.</summary>
    private void Assign()
    {
        _isHolding = false;
        _answered = _open.Find(open => open.StreamId == _upstreamHead.StreamId).Call;
        _answered?.ObserveMessage(_held.WrittenSpan);
        _held.ResetWrittenCount();
    }

    [LoggerMessage(EventIds.CaptureFailed, LogLevel.Error, "Tracker could not read a WebSocket to {Provider}. Its bytes pass all the same; please report this", EventName = nameof(EventIds.CaptureFailed))]
    private static partial void LogCaptureFailed(ILogger logger, Exception exception, string provider);
}
