using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Recording;

/// <summary>
/// Where requests leave their records for the writer. Leaving one is O(1) and cannot block or throw. When the writer cannot keep up for so long
/// that the queue is full, records are dropped: that is counted, and logged when such a time starts and ends.
/// </summary>
internal sealed partial class UsageQueue(IOptions<RecordingOptions> options, ILogger<UsageQueue> logger)
{
    private readonly Channel<UsageRecord> _channel = Channel.CreateBounded<UsageRecord>(new BoundedChannelOptions(options.Value.QueueCapacity)
    {
        FullMode = BoundedChannelFullMode.Wait, // so that TryWrite says false instead of pushing out what was accepted before
        SingleReader = true,
        AllowSynchronousContinuations = false, // the writer must not run on a request's thread
    });

    private long _accepted;
    private long _dropped;
    private long _droppedBefore;
    private int _isFull;

    public int Capacity { get; } = options.Value.QueueCapacity;

    public int Depth => _channel.Reader.Count;

    public long Accepted => Interlocked.Read(ref _accepted);

    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>For the writer alone.</summary>
    public ChannelReader<UsageRecord> Reader => _channel.Reader;

    /// <returns><see langword="false"/> when the record was dropped.</returns>
    public bool TryEnqueue(UsageRecord record)
    {
        if (_channel.Writer.TryWrite(record))
        {
            Interlocked.Increment(ref _accepted);
            if (_isFull != 0 && Interlocked.Exchange(ref _isFull, 0) != 0)
            {
                LogHasRoom(Dropped - Interlocked.Exchange(ref _droppedBefore, Dropped));
            }

            return true;
        }

        Interlocked.Increment(ref _dropped);
        if (Interlocked.Exchange(ref _isFull, 1) == 0)
        {
            LogFull(Capacity);
        }

        return false;
    }

    /// <summary>No record comes after this; the writer ends when the queue is empty.</summary>
    public void Complete() => _channel.Writer.TryComplete();

    [LoggerMessage(EventIds.QueueFull, LogLevel.Warning,
        "The queue of {Capacity} records is full because the database cannot be written; further calls are forwarded but not recorded until it can", EventName = nameof(EventIds.QueueFull))]
    private partial void LogFull(int capacity);

    [LoggerMessage(EventIds.QueueHasRoom, LogLevel.Warning, "The queue has room again; {Dropped} calls were not recorded meanwhile", EventName = nameof(EventIds.QueueHasRoom))]
    private partial void LogHasRoom(long dropped);
}
