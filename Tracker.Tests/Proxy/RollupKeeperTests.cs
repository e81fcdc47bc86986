using Tracker.Proxy.Recording;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class RollupKeeperTests
{
    private const int Quarters = 3000;

    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public void Log_stays_small_while_all_sums_are_made_again(CancellationToken cancellationToken)
    {
        _database.Write([.. Enumerable.Range(0, Quarters).Select(number => Some.Usage() with { OccurredAt = Some.Time.AddMinutes(-15 * number), SessionId = $"{number:x32}", ToolCalls = [new ToolCall("tool-1", "Bash")] })]);
        using var recording = new RecordingUnderTest(_database, new RecordingOptions());
        var keeper = recording.CreateRollupKeeper();
        Finish(keeper, cancellationToken);

        _database.Execute("UPDATE usage SET cost_nano_usd = cost_nano_usd + 1"); // As a new price list does.
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM rollup_stale"), Is.EqualTo(Quarters));
        Finish(keeper, cancellationToken);

        // What it was at its largest: it is emptied only when it has grown past 24 MB, and in this case only by the keeper.
        Assert.That(_database.Connections.WalBytes, Is.LessThan(32_000_000));
        Assert.That(new UsageStatistics(_database.Connections, TimeProvider.System).GetTotal(new UsageFilter()).Calls, Is.EqualTo(Quarters));
    }

    private void Finish(RollupKeeper keeper, CancellationToken cancellationToken)
    {
        do
        {
            keeper.LookAfter(isIdle: true, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }
        while (_database.Scalar<long>("SELECT (SELECT count(*) FROM rollup_stale) + (SELECT max(id) FROM usage) - (SELECT last_id FROM rollup_state)") > 0);
    }
}
