using System.Runtime.InteropServices;

namespace Tracker.Proxy;

/// <summary>The first SIGTERM or Ctrl+C lets answers finish; a second one ends the process at once. What was accepted by then is in the journal.</summary>
internal sealed partial class SecondSignal(TimeProvider time, ILoggerFactory loggers, ILogger<SecondSignal> logger) : IHostedService, IDisposable
{
    // One stop may come twice at once: 'timeout' signals the program and then its group, a terminal the group and a script in it the program.
    private static readonly TimeSpan SameStop = TimeSpan.FromSeconds(1);

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private long? _first;

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
        lock (_lock)
        {
            if ((_first ??= time.GetTimestamp()) is var first && time.GetElapsedTime(first) < SameStop)
            {
                return;
            }
        }

        LogEnding();
        loggers.Dispose(); // Another thread writes the lines.
        Environment.Exit(128 + number); // As shells report a process that a signal has ended.
    }

    [LoggerMessage(EventIds.EndedAtOnce, LogLevel.Warning, "A second signal: Tracker ends at once. What is not stored yet is stored at the next start", EventName = nameof(EventIds.EndedAtOnce))]
    private partial void LogEnding();
}
