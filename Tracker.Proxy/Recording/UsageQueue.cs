using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Recording;

/// <summary>
/// Where requests leave their records for the writer: in the journal, which survives the process, and in memory. Leaving one is O(1) and cannot
/// block or throw. When the database cannot be written for so long that the queue is full, records wait in the journal alone; only when that is
/// full too are they dropped. Both are counted, and logged when such a time starts and ends.
/// </summary>
internal sealed partial class UsageQueue(Journal journal, IOptions<RecordingOptions> options, ILogger<UsageQueue> logger)
{
    private readonly Channel<QueuedRecord> _channel = Channel.CreateBounded<QueuedRecord>(new BoundedChannelOptions(options.Value.QueueCapacity)
    {
        FullMode = BoundedChannelFullMode.Wait, // so that TryWrite says false instead of pushing out what was accepted before
        SingleReader = true,
        AllowSynchronousContinuations = false, // the writer must not run on a request's thread
    });

    private long _accepted;
    private long _dropped;
    private long _droppedBefore;
    private int _isFull;
    private int _isDropping;

    public int Capacity { get; } = options.Value.QueueCapacity;

    public int Depth => _channel.Reader.Count;

    /// <summary>Records that were taken, into memory, the journal or both.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>It is completed and empty.</summary>
    public bool HasEnded => _channel.Reader.Completion.IsCompleted;

    /// <summary>For the writer alone.</summary>
    public ChannelReader<QueuedRecord> Reader => _channel.Reader;

    /// <returns><see langword="false"/> when the record was dropped.</returns>
    public bool TryEnqueue(UsageRecord record)
    {
        var segment = journal.TryAppend(record);
        if (_channel.Writer.TryWrite(new QueuedRecord(record, segment)))
        {
            OnRoom();
        }
        else if (segment is not null)
        {
            segment.Spill();
            OnFull();
        }
        else
        {
            OnDropped();
            return false;
        }

        Interlocked.Increment(ref _accepted);
        return true;
    }

    /// <summary>No record comes after this; the writer ends when the queue is empty.</summary>
    public void Complete() => _channel.Writer.TryComplete();

    private void OnFull()
    {
        if (_isFull == 0 && Interlocked.Exchange(ref _isFull, 1) == 0)
        {
            LogFull(Capacity);
        }
    }

    private void OnDropped()
    {
        Interlocked.Increment(ref _dropped);
        if (_isDropping == 0 && Interlocked.Exchange(ref _isDropping, 1) == 0)
        {
            LogDropping(Capacity, journal.State);
        }
    }

    private void OnRoom()
    {
        if (_isDropping != 0 && Interlocked.Exchange(ref _isDropping, 0) != 0)
        {
            var dropped = Dropped; // Once: what is dropped between two looks would be told by neither message.
            LogDropped(dropped - Interlocked.Exchange(ref _droppedBefore, dropped));
        }

        if (_isFull != 0 && Interlocked.Exchange(ref _isFull, 0) != 0)
        {
            LogHasRoom();
        }
    }

    [LoggerMessage(EventIds.QueueFull, LogLevel.Warning,
        "The queue of {Capacity} records is full because the database cannot be written; further records wait in the journal", EventName = nameof(EventIds.QueueFull))]
    private partial void LogFull(int capacity);

    [LoggerMessage(EventIds.QueueHasRoom, LogLevel.Information, "The queue has room again; what waits in the journal is stored as well", EventName = nameof(EventIds.QueueHasRoom))]
    private partial void LogHasRoom();

    [LoggerMessage(EventIds.RecordsDropping, LogLevel.Error,
        "The queue of {Capacity} records is full and the journal is {JournalState}: calls are forwarded but not recorded until the database can be written", EventName = nameof(EventIds.RecordsDropping))]
    private partial void LogDropping(int capacity, JournalState journalState);

    [LoggerMessage(EventIds.RecordsDropped, LogLevel.Error, "Calls are recorded again; {Dropped} were not meanwhile", EventName = nameof(EventIds.RecordsDropped))]
    private partial void LogDropped(long dropped);
}
