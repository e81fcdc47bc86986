using Microsoft.AspNetCore.Connections.Features;

namespace Tracker.Proxy.Listening;

/// <summary>
/// One connection of HTTP/1.1 while the server stops. Kestrel closes a connection as soon as it has no request, also when the next one is on its way, and that one fails. Here
/// the server's wish to close reaches Kestrel only after a while without a request; requests that come until then are answered with <c>Connection: close</c>.
/// </summary>
internal sealed class LastingConnection : IConnectionLifetimeNotificationFeature, IDisposable
{
    /// <summary>Longer than a client takes between an answer and its next request, if it has one.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly IConnectionLifetimeNotificationFeature _server;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _close = new();
    private readonly CancellationTokenRegistration _closing;
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private bool _isBusy;
    private bool _isDisposed;

    public LastingConnection(IConnectionLifetimeNotificationFeature server, TimeProvider time)
    {
        _server = server;
        _time = time;
        ConnectionClosedRequested = _close.Token;
        _closing = server.ConnectionClosedRequested.Register(OnServerCloses);
    }

    public CancellationToken ConnectionClosedRequested { get; set; }

    public void RequestClose() => _server.RequestClose();

    public void BeginRequest()
    {
        lock (_lock)
        {
            _isBusy = true;
        }
    }

    public void EndRequest()
    {
        lock (_lock)
        {
            _isBusy = false;
            _timer?.Change(Patience, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _closing.Dispose();
        lock (_lock)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }

        _close.Dispose();
    }

    private void OnServerCloses()
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _timer = _time.CreateTimer(_ => OnPatienceOver(), null, Patience, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void OnPatienceOver()
    {
        lock (_lock)
        {
            if (_isBusy || _isDisposed)
            {
                return; // The end of the request begins anew.
            }
        }

        try
        {
            _close.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }
}
