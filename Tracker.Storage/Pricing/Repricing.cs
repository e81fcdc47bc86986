using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Schema;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Pricing;

/// <summary>Computes the cost of every stored call again with the present book, in pieces, over a connection of its own. Used by one thread.</summary>
public sealed class Repricing : IDisposable
{
    private const int CallsAtOnce = 500;

    private readonly SqliteConnection _connection;
    private readonly PriceBook _book;
    private readonly TimeProvider _time;
    private readonly bool _dryRun;
    private readonly Statement _read;
    private readonly Statement _setCost;
    private readonly Dictionary<(string? Provider, string? Model), RepricedModel> _models = [];
    private readonly long _lastId;
    private long _afterId;

    /// <param name="connections">The database.</param>
    /// <param name="book">The prices.</param>
    /// <param name="time">For the time box.</param>
    /// <param name="dryRun">Tell what would change, and change nothing.</param>
    /// <inheritdoc cref="TrackerConnectionFactory.Open()" path="/exception"/>
    public Repricing(TrackerConnectionFactory connections, PriceBook book, TimeProvider time, bool dryRun)
    {
        ArgumentNullException.ThrowIfNull(connections);
        (_book, _time, _dryRun) = (book, time, dryRun);
        _connection = dryRun ? connections.OpenReadOnly() : connections.Open();
        _read = new Statement(_connection, $"SELECT {PricingQueries.CallColumns} FROM usage WHERE id > ?1 ORDER BY id LIMIT {CallsAtOnce}");
        _setCost = new Statement(_connection, $"UPDATE usage SET cost_nano_usd = ?2, price_id = ?3 WHERE id = ?1{(dryRun ? " AND 0" : "")}");
        _lastId = PricingQueries.ReadLastId(_connection);
    }

    /// <summary>The models whose calls' cost or price changed so far, those first that changed most.</summary>
    public IReadOnlyList<RepricedModel> Models => [.. _models.Values.Where(model => model.ChangedCalls > 0).OrderByDescending(model => Math.Abs(model.AfterNanoUsd - model.BeforeNanoUsd)).ThenBy(model => model.Model, StringComparer.Ordinal)];

    /// <summary>Calls that were looked at.</summary>
    public long Calls { get; private set; }

    /// <summary>Does a piece in one immediate transaction, or without one when nothing is to be changed.</summary>
    /// <param name="longest">About how long it may take.</param>
    /// <returns>Whether there is more to do.</returns>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be used. Nothing of the piece was done.</exception>
    /// <exception cref="UnusableDatabaseException">Another, newer program has changed the schema meanwhile.</exception>
    public bool Next(TimeSpan longest)
    {
        var started = _time.GetTimestamp();
        using var transaction = _dryRun ? null : _connection.BeginTransaction();
        if (transaction is not null)
        {
            Migrations.RequireKnown(_connection, transaction, _connection.DataSource);
        }

        var (afterId, found) = (_afterId, new List<(long Id, PricedCall Call, Cost Before, Cost After)>());
        do
        {
            var calls = ReadNext(afterId);
            if (calls.Count == 0)
            {
                break;
            }

            foreach (var call in calls.Where(call => call.Before != call.After && !_dryRun))
            {
                _setCost.Bind(1, call.Id);
                _setCost.Bind(2, call.After.NanoUsd);
                _setCost.Bind(3, call.After.PriceId);
                _setCost.Run();
            }

            found.AddRange(calls);
            afterId = calls[^1].Id;
        }
        while (_time.GetElapsedTime(started) < longest);

        var hasMore = found.Count > 0 && afterId < _lastId;
        if (!hasMore && !_dryRun)
        {
            PricingQueries.SetPricedWith(_connection, _book.Hash, _lastId);
        }

        transaction?.Commit();
        // Only what was committed counts: a piece that failed is done again.
        found.ForEach(call => Count(call.Call, call.Before, call.After));
        _afterId = afterId;
        if (!_dryRun)
        {
            WalCheckpoint.TruncateIfLarge(_connection);
        }

        return hasMore;
    }

    public void Dispose()
    {
        _read.Dispose();
        _setCost.Dispose();
        _connection.Dispose();
    }

    private List<(long Id, PricedCall Call, Cost Before, Cost After)> ReadNext(long afterId)
    {
        var calls = new List<(long, PricedCall, Cost, Cost)>(CallsAtOnce);
        _read.Bind(1, afterId);
        try
        {
            while (_read.Step())
            {
                var (id, call, before) = PricingQueries.ReadCall(_read);
                calls.Add((id, call, before, _book.CostOf(call)));
            }
        }
        finally
        {
            _read.Reset();
        }

        return calls;
    }

    private void Count(PricedCall call, Cost before, Cost after)
    {
        Calls++;
        var key = (call.Provider, call.Model);
        var model = _models.GetValueOrDefault(key) ?? new RepricedModel { Provider = call.Provider, Model = call.Model };
        _models[key] = model with
        {
            Calls = model.Calls + 1,
            ChangedCalls = model.ChangedCalls + (before.NanoUsd == after.NanoUsd ? 0 : 1),
            RenamedCalls = model.RenamedCalls + (before.NanoUsd == after.NanoUsd && before.PriceId != after.PriceId ? 1 : 0),
            BeforeNanoUsd = model.BeforeNanoUsd + (before.NanoUsd ?? 0),
            AfterNanoUsd = model.AfterNanoUsd + (after.NanoUsd ?? 0),
            UnpricedBefore = model.UnpricedBefore + (before.NanoUsd is null && call.HasCounts ? 1 : 0),
            UnpricedAfter = model.UnpricedAfter + (after.NanoUsd is null && call.HasCounts ? 1 : 0),
        };
    }
}
