namespace Tracker.Benchmarks;

/// <summary>The most memory that a process holds from now on, looked at every few milliseconds.</summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly Timer _timer;
    private readonly ChildProcess _process;
    private long _most;

    public PeakMemory(ChildProcess process)
    {
        _process = process;
        _timer = new Timer(_ => Look(), null, 0, 10);
    }

    public double Megabytes
    {
        get
        {
            Look();
            return Interlocked.Read(ref _most) / 1e6;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var now = _process.WorkingSet;
        if (now > Interlocked.Read(ref _most))
        {
            Interlocked.Exchange(ref _most, now);
        }
    }
}
