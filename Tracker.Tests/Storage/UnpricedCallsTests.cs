using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>When a price arrives, the calls that waited for it are priced.</summary>
public sealed class UnpricedCallsTests
{
    private const string NewModel = """{ "provider": "anthropic", "prices": [ { "model": "claude-next", "input": 1, "output": 2, "cache_read": 0.1, "cache_creation_5m": 1, "cache_creation_1h": 1 } ] }""";
    private const long CostOfNext = 1001 * 1_000 + 311 * 2_000 + 20007 * 100 + (3003 + 505) * 1_000;

    private readonly TestDatabase _database = new();
    private readonly TempDirectory _settings = new();

    [TearDown]
    public void TearDown()
    {
        _database.Dispose();
        _settings.Dispose();
    }

    [Test]
    public void Arriving_price_gives_its_calls_a_cost_and_leaves_the_others()
    {
        _database.Write(Next(), Next(), Some.Usage(), Some.Usage() with { ResponseModel = "claude-unheard-of" });

        var priced = Price(Books(NewModel));

        Assert.That(priced, Is.EqualTo(2));
        Assert.That(_database.Query("SELECT response_model, cost_nano_usd, price_id FROM usage ORDER BY id").Select(row => (row["response_model"], row["cost_nano_usd"], row["price_id"])), Is.EqualTo(new (object?, object?, object?)[]
        {
            ("claude-next", CostOfNext, "own:anthropic/claude-next"), ("claude-next", CostOfNext, "own:anthropic/claude-next"),
            ("claude-opus-4-8", 46_602_250L, "anthropic/claude-opus-4-8"), ("claude-unheard-of", null, null),
        }));
    }

    [Test]
    public void Work_is_not_done_twice_and_calls_that_came_since_are_looked_at()
    {
        var books = Books(NewModel);
        _database.Write(Next());
        Price(books);

        using (var writer = new PricingWriter(_database.Connections, books, TimeProvider.System))
        {
            Assert.That(writer.Unpriced.Search(), Is.False);
        }

        _database.Write(Next()); // By a program that has other prices.
        Assert.That(Price(books), Is.EqualTo(1));
    }

    [Test]
    public void Call_whose_tier_has_no_price_stays_without_a_cost()
    {
        _database.Write(Next() with { ServiceTier = "priority" });

        Assert.That(Price(Books(NewModel)), Is.Zero);
        Assert.That(_database.Scalar<long?>("SELECT cost_nano_usd FROM usage"), Is.Null);
    }

    [Test]
    public void Shortest_pieces_come_to_an_end_with_every_call_priced()
    {
        _database.Write([.. Enumerable.Range(0, 1000).Select(i => Next() with { ResponseModel = i % 2 == 0 ? "claude-next" : "claude-next-20261101" })]);
        using var writer = new PricingWriter(_database.Connections, Books(NewModel), TimeProvider.System);
        var (pieces, priced) = (0, 0L);

        for (var isDone = !writer.Unpriced.Search(); !isDone; pieces++)
        {
            (var more, isDone) = writer.Unpriced.Write(TimeSpan.Zero);
            priced += more;
        }

        Assert.That(priced, Is.EqualTo(1000));
        Assert.That(pieces, Is.GreaterThan(4));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE cost_nano_usd IS NULL"), Is.Zero);
    }

    [Test]
    public void Piece_that_fails_is_done_again()
    {
        _database.Write([.. Enumerable.Range(0, 300).Select(_ => Next())]);
        using var writer = new PricingWriter(_database.Connections, Books(NewModel), TimeProvider.System);
        writer.Unpriced.Search();
        writer.Unpriced.Write(TimeSpan.Zero);
        using (var other = _database.Connections.Open())
        using (other.BeginTransaction())
        {
            Assert.That(() => writer.Unpriced.Write(TimeSpan.Zero), Throws.TypeOf<Microsoft.Data.Sqlite.SqliteException>());
        }

        while (!writer.Unpriced.Write(TimeSpan.FromSeconds(1)).IsDone)
        {
        }

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE cost_nano_usd IS NULL"), Is.Zero);
    }

    [Test]
    public void Models_without_a_price_are_told_with_their_calls([Values] bool isFarFromSummed)
    {
        _database.Write(Next(), Next(), Some.Usage() with { Provider = null }, Some.Usage(),
            Some.Usage() with { ResponseModel = "claude-broken", InputTokens = null, OutputTokens = null, Outcome = CallOutcome.Incomplete });
        if (isFarFromSummed)
        {
            _database.Execute("INSERT INTO usage (id, usage_key, occurred_at_ms, quality, evidence, outcome) VALUES (100000, 'last', 0, 3, 1, 'error')");
        }

        var models = new PricingQueries(_database.Connections).GetUnpricedModels(10);

        Assert.That(models.Select(model => (model.Provider, model.Model, model.Calls, PriceBook.Embedded.WhyUnpriced(model))), Is.EqualTo(new[]
        {
            ("anthropic", "claude-next", 2L, "no price is known for this model at this provider"), (null, "claude-opus-4-8", 1L, "its provider is unknown"),
        }));
    }

    [Test]
    public void Reprice_shows_and_makes_what_changed_of_history()
    {
        _database.Write(Next(), Some.Usage(), Some.Usage());
        var book = Books("""{ "provider": "anthropic", "prices": [ { "model": "claude-next", "input": 1, "output": 1 } ], "discounts": [ { "provider": "anthropic", "model": "claude-opus-4-8", "times": 0.5 } ] }""").Current;
        var before = _database.Rows();

        var wouldBe = Reprice(book, dryRun: true);
        var afterDryRun = _database.Rows();
        var done = Reprice(book, dryRun: false);

        Assert.That(afterDryRun, Is.EqualTo(before));
        Assert.That(done, Is.EqualTo(wouldBe));
        Assert.That(done.Select(model => (model.Model, model.ChangedCalls, model.BeforeNanoUsd, model.AfterNanoUsd, model.UnpricedBefore, model.UnpricedAfter)), Is.EqualTo(new[]
        {
            ("claude-opus-4-8", 2L, 93_204_500L, 46_602_250L, 0L, 0L), ("claude-next", 1L, 0L, 24_827_000L, 1L, 0L),
        }));
        Assert.That(_database.Scalar<long>("SELECT sum(cost_nano_usd) FROM usage"), Is.EqualTo(46_602_250 + 24_827_000));
        Assert.That(Reprice(book, dryRun: false), Is.Empty, "the second time nothing is left to change");
    }

    private static UsageRecord Next() => Some.Usage() with { ResponseModel = "claude-next" };

    private PriceBooks Books(string own)
    {
        File.WriteAllText(_settings.File(PriceBooks.OwnFileName), own);
        return new PriceBooks(_settings.Path);
    }

    private long Price(PriceBooks books)
    {
        using var writer = new PricingWriter(_database.Connections, books, TimeProvider.System);
        var priced = 0L;
        for (var isDone = !writer.Unpriced.Search(); !isDone;)
        {
            (var more, isDone) = writer.Unpriced.Write(TimeSpan.FromSeconds(1));
            priced += more;
        }

        return priced;
    }

    private IReadOnlyList<RepricedModel> Reprice(PriceBook book, bool dryRun)
    {
        using var repricing = new Repricing(_database.Connections, book, TimeProvider.System, dryRun);
        while (repricing.Next(TimeSpan.Zero))
        {
        }

        return repricing.Models;
    }
}
