using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// For providers that ask for it: after a client has hung up, reads on to the end of the usage instead of cancelling the upstream, so that the row has
/// final counts. That can cost money, because the model goes on working; so it is bounded in time, bytes and number, and off by default.
/// </summary>
internal sealed class DrainAfterDisconnect
{
    private const int MostAtOnce = 4;
    private const long MostBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private int _running;

    /// <summary>Separates the call from its client's connection until it is disposed.</summary>
    public IDisposable Watch(HttpContext context, CallCapture capture) => new WatchedCall(this, context, capture);

    private bool TryTakePlace()
    {
        if (Interlocked.Increment(ref _running) <= MostAtOnce)
        {
            return true;
        }

        Interlocked.Decrement(ref _running);
        return false;
    }

    private sealed class WatchedCall : IDisposable
    {
        private readonly DrainAfterDisconnect _owner;
        private readonly CallCapture _capture;
        private readonly CancellationTokenSource _over = new();
        private readonly CancellationTokenRegistration _clientGone;
        private volatile bool _isDraining;
        private long _bytes;

        public WatchedCall(DrainAfterDisconnect owner, HttpContext context, CallCapture capture)
        {
            (_owner, _capture) = (owner, capture);
            context.Response.Body = new DrainedStream(context.Response.Body, this);
            var client = context.RequestAborted;
            context.RequestAborted = _over.Token;
            _clientGone = client.Register(OnClientGone);
        }

        public void Dispose()
        {
            _clientGone.Dispose();
            if (_isDraining)
            {
                Interlocked.Decrement(ref _owner._running);
            }

            _over.Dispose();
        }

        // Nothing to learn before the answer has begun: the model may not even have been asked.
        private void OnClientGone()
        {
            if (_capture.AwaitsUsage && _owner.TryTakePlace())
            {
                _isDraining = true;
                _over.CancelAfter(Longest);
            }
            else
            {
                _over.Cancel();
            }
        }

        /// <returns>Whether the client is still there to be written to.</returns>
        private bool Pass(int bytes)
        {
            if (!_isDraining)
            {
                return true;
            }

            _bytes += bytes;
            if (_bytes > MostBytes || !_capture.AwaitsUsage)
            {
                _over.Cancel();
            }

            return false;
        }

        private sealed class DrainedStream(Stream client, WatchedCall call) : PassThroughStream(client)
        {
            public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
            {
                if (call.Pass(buffer.Length))
                {
                    await Inner.WriteAsync(buffer, cancellationToken);
                }
            }

            public override Task FlushAsync(CancellationToken cancellationToken) => call.Pass(0) ? Inner.FlushAsync(cancellationToken) : Task.CompletedTask;
        }
    }
}
