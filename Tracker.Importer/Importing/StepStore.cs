using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Tracker.Storage.Connections;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Importing;

/// <summary>Stores steps, and does what is to be done with what is stored, in turns with other programs.</summary>
internal sealed partial class StepStore : IDisposable
{
    private const int BatchSteps = 2000;

    // Alone, the pages of the indexes are written once a transaction, so few are better, and the fewer the larger the indexes are; but what one has written is copied into the
    // database while the next is made. So each is as large as all before it together, up to a time: a proxy that starts meanwhile waits no longer than this.
    private const int FirstStepsAlone = 16_000;
    private static readonly TimeSpan LongestAlone = TimeSpan.FromSeconds(1);

    // Alone, nobody else's rows make the log grow: it is emptied seldom, because each time waits for the disk.
    private const long WalBytesAlone = 40 * 1024 * 1024;

    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly DatabaseTurns _turns;
    private readonly ImportWriter _writer;
    private readonly List<ImportStep> _steps = new(BatchSteps);
    private long _begunAt;
    private long _stepsBegun;
    private long _stepsEnded;
    private bool _hasPriced;

    /// <exception cref="StorageException">The database cannot be used.</exception>
    /// <exception cref="SqliteException">The database cannot be used.</exception>
    public StepStore(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        (_time, _logger) = (time, logger);
        _turns = new DatabaseTurns(connections, time, logger, cancellationToken);
        _writer = _turns.Do(() => new ImportWriter(connections, prices, time));
        _turns.DataVersion = () => _writer.DataVersion;
        _writer.OnRefused = (record, exception) => LogSetAside(record.Key.Value, record.SessionId, exception.Message);
    }

    /// <summary>Rows that are new in the database.</summary>
    public long RowsAdded { get; private set; }

    /// <summary>Calls that were there without a cost, and have one now.</summary>
    public long CallsPriced { get; private set; }

    public IReadOnlyDictionary<string, ImportCursor> ReadCursors(string source) => _turns.Do(() => _writer.ReadCursors(source));

    public void SetLastImport() => _turns.Do(() =>
    {
        _writer.SetLastImport(_time.GetUtcNow());
        return true;
    });

    /// <summary>
    /// Takes steps. Alone they are stored at once, in a transaction that stays open for a while; beside a proxy they are gathered. To be called without any, too, when none come for a
    /// while: others wait for the end of that transaction.
    /// </summary>
    /// <inheritdoc cref="Flush" path="/exception"/>
    public void Add(IReadOnlyList<ImportStep> steps)
    {
        if (_turns.ProxyRuns())
        {
            Commit();
            _steps.AddRange(steps);
            if (_steps.Count >= BatchSteps || steps.Count == 0)
            {
                Flush();
            }

            return;
        }

        if (_steps.Count > 0)
        {
            Flush(); // Gathered beside a proxy that has stopped since: a cursor of now may stand behind these records.
        }

        if (!_writer.IsWriting)
        {
            if (steps.Count == 0)
            {
                return;
            }

            _turns.Do(() =>
            {
                _writer.Begin();
                return true;
            });
            (_begunAt, _stepsBegun) = (_time.GetTimestamp(), 0);
        }

        RowsAdded += _writer.Append(steps);
        _stepsBegun += steps.Count;
        if (_stepsBegun >= Math.Max(FirstStepsAlone, _stepsEnded) || _time.GetElapsedTime(_begunAt) >= LongestAlone)
        {
            _stepsEnded += _stepsBegun;
            Commit();
            _writer.BeginCheckpoint();
        }
    }

    /// <summary>Stores all that was added.</summary>
    /// <exception cref="SqliteException">The database was locked for too long, or cannot be written. What was stored stays.</exception>
    /// <exception cref="OperationCanceledException">The pass was told to stop. What was stored stays.</exception>
    public void Flush()
    {
        Commit();
        while (_steps.Count > 0)
        {
            _turns.Take(box =>
            {
                var result = _writer.Write(_steps, box);
                RowsAdded += result.RowsAdded;
                _steps.RemoveRange(0, result.StepsStored);
                return result;
            });
            _writer.CheckpointIfLarge();
        }
    }

    /// <summary>Takes over names that logs have for calls, as another database has found them.</summary>
    /// <exception cref="SqliteException">The database was locked for too long, or cannot be written. What was stored stays.</exception>
    public void Adopt(IEnumerable<(UsageKey Alias, UsageKey Key)> names)
    {
        Flush();
        foreach (var some in names.Chunk(100))
        {
            _turns.Take(_ =>
            {
                _writer.Adopt(some);
                return true;
            });
        }
    }

    /// <summary>Makes one row of two where the wire and a log without the upstream's ids tell of the same call. Call it when all is stored.</summary>
    /// <param name="completeUntil">Until when what the logs tell has been stored.</param>
    /// <param name="clients">All clients whose logs can be imported.</param>
    /// <returns>How many calls were joined, and when the next one can be that is too young now.</returns>
    /// <exception cref="SqliteException">The database was locked for too long, or cannot be written. What was joined stays.</exception>
    /// <exception cref="OperationCanceledException">The pass was told to stop. What was joined stays.</exception>
    public (int Joined, DateTimeOffset? NextSettlesAt) Join(DateTimeOffset completeUntil, IReadOnlySet<string> clients)
    {
        var plan = _turns.Do(() => _writer.Joins.Search(completeUntil, clients));
        var joined = 0;
        while (!plan.IsDone)
        {
            joined += _turns.Take(box => _writer.Joins.Write(plan, box));
            _writer.CheckpointIfLarge();
        }

        return (joined, plan.NextSettlesAt);
    }

    /// <summary>Gives calls without a cost the one that the present prices have for them, once a pass. Call it before the first steps are added, and when files are being read already.</summary>
    /// <exception cref="SqliteException">The database was locked for too long, or cannot be written. What was stored stays.</exception>
    /// <exception cref="OperationCanceledException">The pass was told to stop. What was stored stays.</exception>
    public void PriceUnpriced()
    {
        if (_hasPriced)
        {
            return;
        }

        for (var isDone = !_turns.Do(_writer.Unpriced.Search); !isDone;)
        {
            (var more, isDone) = _turns.Take(_writer.Unpriced.Write);
            CallsPriced += more;
            _writer.CheckpointIfLarge();
        }

        _hasPriced = true;
    }

    public void Dispose() => _writer.Dispose();

    private void Commit()
    {
        if (_writer.IsWriting)
        {
            _writer.Commit();
            _writer.CheckpointIfLarge(WalBytesAlone);
        }
    }

    [LoggerMessage(EventIds.RecordSetAside, LogLevel.Error, "The database refused the record {UsageKey} of session {Session}, it is left out: {Reason}", EventName = nameof(EventIds.RecordSetAside))]
    private partial void LogSetAside(string usageKey, string? session, string reason);
}
