using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Schema;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Pricing;

/// <summary>
/// Gives calls without a cost the one that the present book has for them: a new version, a refresh or the user's file may have brought a price. What was
/// looked at with a book is noted, so that the same is not looked at twice. Over somebody else's connection, by one thread.
/// </summary>
public sealed class UnpricedCalls : IDisposable
{
    private const int CallsAtOnce = 200;

    private readonly SqliteConnection _connection;
    private readonly PriceBooks _books;
    private readonly TimeProvider _time;
    private readonly Statement _read;
    private readonly Statement _setCost;
    private readonly Queue<(string? Provider, string? Model)> _models = new();
    private PriceBook? _book;
    private long _afterId;
    private long _lastId;
    private long _from;

    internal UnpricedCalls(SqliteConnection connection, PriceBooks books, TimeProvider time)
    {
        (_connection, _books, _time) = (connection, books, time);
        _read = new Statement(connection, $"""
            SELECT {PricingQueries.CallColumns}
            FROM   usage INDEXED BY usage_unpriced
            WHERE  {PricingQueries.IsUnpriced} AND provider IS ?2 AND coalesce(response_model, request_model) IS ?3 AND id > ?1
            ORDER  BY id
            LIMIT  {CallsAtOnce}
            """);
        _setCost = new Statement(connection, "UPDATE usage SET cost_nano_usd = ?2, price_id = ?3 WHERE id = ?1");
    }

    /// <summary>Looks what there is to do.</summary>
    /// <returns>Whether <see cref="Write"/> has anything to do.</returns>
    /// <exception cref="SqliteException">The database cannot be read.</exception>
    public bool Search()
    {
        var (hash, looked) = PricingQueries.ReadPricedWith(_connection);
        var lastId = PricingQueries.ReadLastId(_connection);
        var afterId = hash == _books.Hash ? looked : 0;
        if (_models.Count == 0 && hash == _books.Hash && PricingQueries.FindUnpriced(_connection, afterId).Count == 0)
        {
            return false; // As nearly always, and before the book is read.
        }

        var book = _books.Current;
        if (_models.Count > 0 && ReferenceEquals(book, _book))
        {
            return true;
        }

        (_book, _afterId, _lastId, _from) = (book, afterId, lastId, afterId);
        _models.Clear();
        foreach (var (provider, model) in PricingQueries.FindUnpriced(_connection, afterId))
        {
            if (book.Find(provider, model) is not null)
            {
                _models.Enqueue((provider, model));
            }
        }

        // Also when none of them has a price: that they were looked at is to be noted.
        return true;
    }

    /// <summary>Does a piece of it in one immediate transaction.</summary>
    /// <param name="longest">About how long the transaction may take.</param>
    /// <returns>How many calls got a cost, and whether that was all.</returns>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written. Nothing was stored.</exception>
    /// <exception cref="UnusableDatabaseException">Another, newer program has changed the schema meanwhile.</exception>
    public (long Priced, bool IsDone) Write(TimeSpan longest)
    {
        if (_book is not { } book)
        {
            throw new InvalidOperationException("Search comes first.");
        }

        var started = _time.GetTimestamp();
        var (from, priced, finished) = (_from, 0L, 0);
        using var transaction = _connection.BeginTransaction();
        Migrations.RequireKnown(_connection, transaction, _connection.DataSource);
        foreach (var (provider, model) in _models)
        {
            while (ReadNext(provider, model, from) is { Count: > 0 } calls)
            {
                priced += calls.Count(call => SetCost(call.Id, book.CostOf(call.Call)));
                from = calls[^1].Id;
                if (_time.GetElapsedTime(started) >= longest)
                {
                    transaction.Commit();
                    Advance(finished, from);
                    return (priced, false);
                }
            }

            (from, finished) = (_afterId, finished + 1);
        }

        PricingQueries.SetPricedWith(_connection, book.Hash, _lastId);
        transaction.Commit();
        Advance(finished, _afterId);
        return (priced, true);
    }

    public void Dispose()
    {
        _read.Dispose();
        _setCost.Dispose();
    }

    // Only when it is committed: a piece that failed is done again.
    private void Advance(int models, long from)
    {
        while (models-- > 0)
        {
            _models.Dequeue();
        }

        _from = from;
    }

    private List<(long Id, PricedCall Call)> ReadNext(string? provider, string? model, long afterId)
    {
        var calls = new List<(long, PricedCall)>(CallsAtOnce);
        _read.Bind(1, afterId);
        _read.Bind(2, provider);
        _read.Bind(3, model);
        try
        {
            while (_read.Step())
            {
                var (id, call, _) = PricingQueries.ReadCall(_read);
                calls.Add((id, call));
            }
        }
        finally
        {
            _read.Reset();
        }

        return calls;
    }

    private bool SetCost(long id, Cost cost)
    {
        if (cost.NanoUsd is null)
        {
            return false;
        }

        _setCost.Bind(1, id);
        _setCost.Bind(2, cost.NanoUsd);
        _setCost.Bind(3, cost.PriceId);
        _setCost.Run();
        return true;
    }
}
