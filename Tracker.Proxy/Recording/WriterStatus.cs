namespace Tracker.Proxy.Recording;

/// <summary>The writer's counters and state, written by its thread and read by <c>/status</c>.</summary>
internal sealed class WriterStatus(TimeProvider time)
{
    private long _stored;
    private long _setAside;
    private long _lost;
    private long _recovered;
    private volatile int _held;
    private volatile Moment _state = new(WriterState.Starting, time.GetUtcNow(), null);
    private volatile Moment? _lastStore;

    public long Stored => Interlocked.Read(ref _stored);

    /// <summary>Records that the database refused for what they are; each was logged with its key.</summary>
    public long SetAside => Interlocked.Read(ref _setAside);

    /// <summary>Records that were still waiting when the process had to stop, and in no journal.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Records that have left the queue and are not stored yet: while the database is locked, as long as it is.</summary>
    public int Held => _held;

    /// <summary>Records of earlier processes that were stored from the journal; most of them had been stored before.</summary>
    public long Recovered => Interlocked.Read(ref _recovered);

    public WriterState State => _state.State;

    public DateTimeOffset StateSince => _state.At;

    /// <summary>Why the writer waits, or what it does that takes long; null otherwise.</summary>
    public string? Reason => _state.Reason;

    public DateTimeOffset? LastStore => _lastStore?.At;

    public void Enter(WriterState state, string? reason = null)
    {
        var now = _state;
        if (now.State != state || now.Reason != reason)
        {
            _state = new Moment(state, now.State == state ? now.At : time.GetUtcNow(), reason);
        }
    }

    /// <summary>Says what takes so long in the state it is in, until the next one.</summary>
    public void Explain(string reason)
    {
        var now = _state;
        Interlocked.CompareExchange(ref _state, now with { Reason = reason }, now); // Another state by now has its own.
    }

    public void Hold(int records) => _held = records;

    public void CountStored(long records)
    {
        Interlocked.Add(ref _stored, records);
        _lastStore = new Moment(WriterState.Writing, time.GetUtcNow(), null);
    }

    public void CountSetAside() => Interlocked.Increment(ref _setAside);

    public void CountRecovered(int records) => Interlocked.Add(ref _recovered, records);

    public void CountLost(int records) => Interlocked.Add(ref _lost, records);

    private sealed record Moment(WriterState State, DateTimeOffset At, string? Reason);
}
