using Microsoft.Extensions.Options;

namespace Tracker.Proxy.Forwarding;

/// <summary>Lets open streams finish at shutdown for <see cref="ProxyOptions.ShutdownGrace"/>, then cuts them, so that the writer still has its time to drain.</summary>
internal sealed partial class ShutdownGrace : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenRegistration _stopping;
    private readonly ILogger<ShutdownGrace> _logger;

    public ShutdownGrace(IHostApplicationLifetime lifetime, IOptions<ProxyOptions> options, ILogger<ShutdownGrace> logger)
    {
        _logger = logger;
        var grace = options.Value.ShutdownGrace;
        _over.Token.Register(() => LogCut(grace));
        _stopping = lifetime.ApplicationStopping.Register(() => _over.CancelAfter(grace));
    }

    /// <summary>Signalled when the time is over.</summary>
    public CancellationToken Over => _over.Token;

    public void Dispose()
    {
        _stopping.Dispose();
        _over.Dispose();
    }

    [LoggerMessage(EventIds.StreamsCutAtShutdown, LogLevel.Warning, "Answers that were still open after {Grace} are cut, because Tracker stops", EventName = nameof(EventIds.StreamsCutAtShutdown))]
    private partial void LogCut(TimeSpan grace);
}
