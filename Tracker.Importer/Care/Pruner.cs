using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tracker.Importer.Importing;
using Tracker.Storage.Care;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;

namespace Tracker.Importer.Care;

/// <summary>Removes old calls in turns with a running proxy: when somebody says so, and after a pass with <c>Retention:Days</c>.</summary>
internal sealed partial class Pruner(TrackerConnectionFactory connections, PriceBooks prices, IOptions<RetentionOptions> retention, TimeProvider time, ILogger<Pruner> logger)
{
    // With --watch there is a pass every few minutes, and the days do not end so often.
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private DateTimeOffset? _lastAt;

    /// <summary>Does what <c>Retention:Days</c> wants, if it is set and has not been done for an hour.</summary>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The database was locked for too long, or cannot be written. What was removed stays so.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop; the same holds.</exception>
    public void ObeyRetention(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (retention.Value.Days is not { } days || now - _lastAt < Period)
        {
            return;
        }

        Prune(now.AddDays(-days), cancellationToken);
        _lastAt = now;
    }

    /// <returns>How many calls there are to remove, and what is known of them.</returns>
    public PrunableCalls Measure(DateTimeOffset before)
    {
        using var pruning = new Pruning(connections, prices, time, before);
        return pruning.Measure();
    }

    /// <returns>How many calls were removed.</returns>
    /// <inheritdoc cref="ObeyRetention" path="/exception"/>
    public long Prune(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var turns = new DatabaseTurns(connections, time, logger, cancellationToken);
        using var pruning = turns.Do(() => new Pruning(connections, prices, time, before));
        try
        {
            while (turns.Take(pruning.Next))
            {
            }
        }
        finally
        {
            if (pruning.Calls > 0)
            {
                LogPruned(pruning.Calls, before);
            }
        }

        if (pruning.Calls > 0)
        {
            BringSumsOn(turns);
        }

        return pruning.Calls;
    }

    // Reports are right without it; the old sums take room until then.
    private void BringSumsOn(DatabaseTurns turns)
    {
        using var rollup = turns.Do(() => new UsageRollup(connections, prices, time));
        while (turns.Take(rollup.Advance))
        {
        }
    }

    [LoggerMessage(EventIds.CallsPruned, LogLevel.Information, "Removed {Count} calls of before {Before:u}; their sums are kept", EventName = nameof(EventIds.CallsPruned))]
    private partial void LogPruned(long count, DateTimeOffset before);
}
