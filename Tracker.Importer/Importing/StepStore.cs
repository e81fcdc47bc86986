using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Tracker.Storage.Connections;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;

namespace Tracker.Importer.Importing;

/// <summary>Stores steps, and does what is to be done with what is stored, in turns with other programs.</summary>
internal sealed partial class StepStore : IDisposable
{
    private const int BatchSteps = 2000;

    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly DatabaseTurns _turns;
    private readonly ImportWriter _writer;
    private readonly List<ImportStep> _steps = new(BatchSteps);

    /// <exception cref="StorageException">The database cannot be used.</exception>
    /// <exception cref="SqliteException">The database cannot be used.</exception>
    public StepStore(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        (_time, _logger) = (time, logger);
        _turns = new DatabaseTurns(connections, time, logger, cancellationToken);
        _writer = _turns.Do(() => new ImportWriter(connections, prices, time));
    }

    /// <summary>Rows that are new in the database.</summary>
    public long RowsAdded { get; private set; }

    public IReadOnlyDictionary<string, ImportCursor> ReadCursors(string source) => _turns.Do(() => _writer.ReadCursors(source));

    public void SetLastImport() => _turns.Do(() =>
    {
        _writer.SetLastImport(_time.GetUtcNow());
        return true;
    });

    public void Add(IReadOnlyList<ImportStep> steps)
    {
        _steps.AddRange(steps);
        if (_steps.Count >= BatchSteps)
        {
            Flush();
        }
    }

    /// <summary>Stores all that was added.</summary>
    /// <exception cref="SqliteException">The database was locked for too long, or cannot be written. What was stored stays.</exception>
    /// <exception cref="OperationCanceledException">The pass was told to stop. What was stored stays.</exception>
    public void Flush()
    {
        while (_steps.Count > 0)
        {
            _turns.Take(box =>
            {
                var result = Write(box);
                RowsAdded += result.RowsAdded;
                _steps.RemoveRange(0, result.StepsStored);
                return result;
            });
            _writer.CheckpointIfLarge();
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

    /// <summary>Gives calls without a cost the one that the present prices have for them.</summary>
    /// <returns>How many got one.</returns>
    /// <exception cref="SqliteException">The database was locked for too long, or cannot be written. What was stored stays.</exception>
    /// <exception cref="OperationCanceledException">The pass was told to stop. What was stored stays.</exception>
    public long PriceUnpriced()
    {
        var priced = 0L;
        for (var isDone = !_turns.Do(_writer.Unpriced.Search); !isDone;)
        {
            (var more, isDone) = _turns.Take(_writer.Unpriced.Write);
            priced += more;
            _writer.CheckpointIfLarge();
        }

        return priced;
    }

    public void Dispose() => _writer.Dispose();

    private ImportResult Write(TimeSpan box)
    {
        try
        {
            return _writer.Write(_steps, box);
        }
        catch (SqliteException exception) when (!StorageFaults.IsOfDatabase(exception))
        {
            return WriteFirst();
        }
    }

    // One of the steps holds a record that the database refuses. They are stored singly, so that only that one is left out.
    private ImportResult WriteFirst()
    {
        var step = _steps[0];
        try
        {
            return _writer.Write([step], DatabaseTurns.BoxAlone);
        }
        catch (SqliteException exception) when (!StorageFaults.IsOfDatabase(exception))
        {
            LogSetAside(step.Record!.Key.Value, _steps.FirstOrDefault(later => later.Cursor is not null).Cursor?.Path, exception.Message);
            return _writer.Write([step with { Record = null }], DatabaseTurns.BoxAlone);
        }
    }

    [LoggerMessage(EventIds.RecordSetAside, LogLevel.Error, "The database refused the record {UsageKey} of {Path}, it is left out: {Reason}", EventName = nameof(EventIds.RecordSetAside))]
    private partial void LogSetAside(string usageKey, string? path, string reason);
}
