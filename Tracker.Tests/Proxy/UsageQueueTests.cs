using Tracker.Proxy;
using Tracker.Proxy.Recording;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class UsageQueueTests
{
    private readonly CollectingLogger<UsageQueue> _logger = new();

    [Test]
    public void Records_come_out_in_the_order_they_came_in()
    {
        var queue = Queue(10);
        var records = Enumerable.Range(1, 5).Select(number => Some.Usage() with { InputTokens = number }).ToList();

        var accepted = records.Select(queue.TryEnqueue).ToList();

        Assert.That(accepted, Has.All.True);
        Assert.That((queue.Accepted, queue.Dropped, queue.Depth, queue.Capacity), Is.EqualTo((5, 0, 5, 10)));
        Assert.That(Drain(queue), Is.EqualTo(records));
        Assert.That(_logger.Entries, Is.Empty);
    }

    [Test]
    public void Full_queue_drops_at_once_what_does_not_fit_and_keeps_what_was_accepted()
    {
        var queue = Queue(3);
        var records = Enumerable.Range(1, 8).Select(number => Some.Usage() with { InputTokens = number }).ToList();

        // Nobody reads: had this waited for room, it would never end.
        var accepted = records.Select(queue.TryEnqueue).ToList();

        Assert.That(accepted, Is.EqualTo(new[] { true, true, true, false, false, false, false, false }));
        Assert.That((queue.Accepted, queue.Dropped, queue.Depth), Is.EqualTo((3, 5, 3)));
        Assert.That(Drain(queue), Is.EqualTo(records[..3]));
    }

    [Test]
    public void Each_full_time_is_logged_at_its_start_and_its_end_with_what_it_cost()
    {
        var queue = Queue(2);

        Enqueue(queue, 2 + 5);
        Drain(queue);
        Enqueue(queue, 2);
        Enqueue(queue, 3);
        Drain(queue);
        Enqueue(queue, 1);

        Assert.That(_logger.Ids, Is.EqualTo(new[] { EventIds.RecordsDropping, EventIds.RecordsDropped, EventIds.RecordsDropping, EventIds.RecordsDropped }));
        Assert.That(_logger.Entries[0].Message, Does.Contain("queue of 2 records is full and the journal is Off"));
        Assert.That(_logger.Entries[1].Message, Does.Contain("5 were not meanwhile"));
        Assert.That(_logger.Entries[3].Message, Does.Contain("3 were not meanwhile"));
    }

    [Test]
    public void Nothing_is_accepted_after_the_end_and_what_was_accepted_can_be_read()
    {
        var queue = Queue(10);
        Enqueue(queue, 2);

        queue.Complete();
        queue.Complete();

        Assert.That(queue.TryEnqueue(Some.Usage()), Is.False);
        Assert.That((queue.Accepted, queue.Dropped), Is.EqualTo((2, 1)));
        Assert.That(Drain(queue), Has.Count.EqualTo(2));
        Assert.That(queue.Reader.Completion.IsCompleted, Is.True);
    }

    [Test, CancelAfter(60_000)]
    public async Task Counters_add_up_with_many_producers_and_a_reader(CancellationToken cancellationToken)
    {
        const int producers = 8;
        const int each = 20_000;
        var queue = Queue(100);
        var record = Some.Usage();
        var read = Task.Run(
            async () =>
            {
                var count = 0L;
                while (await queue.Reader.WaitToReadAsync(cancellationToken))
                {
                    while (queue.Reader.TryRead(out _))
                    {
                        count++;
                    }
                }

                return count;
            },
            cancellationToken);

        var accepted = await Task.WhenAll(Enumerable.Range(0, producers).Select(_ => Task.Run(() => Enumerable.Range(0, each).Count(_ => queue.TryEnqueue(record)), cancellationToken)));
        queue.Complete();

        Assert.That(await read, Is.EqualTo(queue.Accepted).And.EqualTo(accepted.Sum()));
        Assert.That(queue.Accepted + queue.Dropped, Is.EqualTo(producers * each));
        Assert.That(_logger.Count(EventIds.RecordsDropping) - _logger.Count(EventIds.RecordsDropped), Is.InRange(0, 1));
    }

    private static void Enqueue(UsageQueue queue, int records)
    {
        for (var i = 0; i < records; i++)
        {
            queue.TryEnqueue(Some.Usage());
        }
    }

    private static List<UsageRecord> Drain(UsageQueue queue)
    {
        var records = new List<UsageRecord>();
        while (queue.Reader.TryRead(out var queued))
        {
            records.Add(queued.Record);
        }

        return records;
    }

    private UsageQueue Queue(int capacity) => RecordingUnderTest.QueueInMemory(capacity, _logger);
}
