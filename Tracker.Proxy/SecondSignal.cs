using System.Runtime.InteropServices;

namespace Tracker.Proxy;

/// <summary>The first SIGTERM or Ctrl+C lets answers finish; a second one ends the process at once. What was accepted by then is in the journal.</summary>
internal sealed partial class SecondSignal(ILogger<SecondSignal> logger) : IHostedService, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signals;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => OnSignal(15)));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => OnSignal(2)));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void OnSignal(int number)
    {
        if (Interlocked.Increment(ref _signals) > 1)
        {
            LogEnding();
            Environment.Exit(128 + number); // As shells report a process that a signal has ended.
        }
    }

    [LoggerMessage(EventIds.EndedAtOnce, LogLevel.Warning, "A second signal: Tracker ends at once. What is not stored yet is stored at the next start", EventName = nameof(EventIds.EndedAtOnce))]
    private partial void LogEnding();
}
