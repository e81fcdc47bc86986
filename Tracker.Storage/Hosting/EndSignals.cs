using System.Runtime.InteropServices;

namespace Tracker.Storage.Hosting;

/// <summary>While this is not disposed, a signal that ends the program does something first; then the signal does what it does.</summary>
internal sealed class EndSignals : IDisposable
{
    private static readonly PosixSignal[] Ends = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    private readonly IReadOnlyList<PosixSignalRegistration> _registrations;

    /// <param name="first">What is to be done, on a thread of its own.</param>
    public EndSignals(Action first) => _registrations = [.. Ends.Select(signal => PosixSignalRegistration.Create(signal, _ => first()))];

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }
}
