using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Tracker.Proxy.Recording;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

/// <summary>The queue, the journal and the writer over a real database in a folder of its own.</summary>
internal sealed class RecordingUnderTest : IDisposable
{
    private readonly TrackerConnectionFactory _connections;
    private readonly TimeProvider _time;
    private readonly JournalReplay _replay;
    private readonly DiskReserve _reserve;
    private readonly RecordStore _store;
    private readonly IOptions<RecordingOptions> _options;

    public RecordingUnderTest(TestDatabase database, RecordingOptions options, TimeProvider? time = null, TrackerConnectionFactory? connections = null)
    {
        _connections = connections ?? database.Connections;
        _time = time ?? TimeProvider.System;
        _options = Options.Create(options);
        Status = new WriterStatus(_time);
        Journal = new Journal(_connections, _options, Logger<Journal>());
        Queue = new UsageQueue(Journal, _options, Logger<UsageQueue>());
        _reserve = new DiskReserve(_connections, _time);
        _store = new RecordStore(_connections, PriceBooks.Embedded, Journal, _reserve, Status, _time, Logger<RecordStore>());
        _replay = new JournalReplay(Journal, _store, Status, Logger<JournalReplay>());
    }

    public CollectingLogger Log { get; } = new();

    public WriterStatus Status { get; }

    public Journal Journal { get; }

    public UsageQueue Queue { get; }

    /// <summary>A queue without a journal and a writer.</summary>
    public static UsageQueue QueueInMemory(int capacity = 10_000, ILogger<UsageQueue>? logger = null)
    {
        var options = Options.Create(new RecordingOptions { QueueCapacity = capacity, JournalBytes = 0 });
        var connections = new TrackerConnectionFactory(new FixedOptions<StorageOptions>(new StorageOptions()));
        return new UsageQueue(new Journal(connections, options, NullLogger<Journal>.Instance), options, logger ?? NullLogger<UsageQueue>.Instance);
    }

    public void Enqueue(int records)
    {
        for (var i = 0; i < records; i++)
        {
            Queue.TryEnqueue(Some.Usage());
        }
    }

    public UsageWriterService CreateService()
    {
        var wal = new WalKeeper(_store, _connections, Logger<WalKeeper>());
        var (rollup, prices) = (new RollupKeeper(_connections, PriceBooks.Embedded, Queue, wal, _time), new PriceKeeper(_connections, PriceBooks.Embedded, Queue, wal, _time, Logger<PriceKeeper>()));
        return new(Queue, Journal, _replay, _store, _reserve, rollup, prices, wal, Status, _time, _options, Logger<UsageWriterService>());
    }

    /// <summary>One beside a writer that has the database open.</summary>
    public RollupKeeper CreateRollupKeeper()
    {
        _store.Store([], CancellationToken.None);
        return new RollupKeeper(_connections, PriceBooks.Embedded, Queue, new WalKeeper(_store, _connections, Logger<WalKeeper>()), _time);
    }

    public async Task<UsageWriterService> StartAsync(CancellationToken cancellationToken)
    {
        var service = CreateService();
        await service.StartAsync(cancellationToken);
        while (Status.State == WriterState.Starting)
        {
            await Task.Delay(20, cancellationToken);
        }

        return service;
    }

    public Task StoredAsync(int records, CancellationToken cancellationToken) => Log.UntilAsync(() => Status.Stored >= records, cancellationToken);

    public void Dispose()
    {
        _store.Dispose();
        Journal.Dispose();
    }

    private Logger<T> Logger<T>() => new(Log);
}
