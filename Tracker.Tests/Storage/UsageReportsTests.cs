using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class UsageReportsTests
{
    private readonly TestDatabase _database = new();
    private UsageReports _reports = null!;

    [SetUp]
    public void SetUp() => _reports = new UsageReports(_database.Connections);

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Totals_add_the_parts_and_count_what_is_missing_from_them()
    {
        _database.Write(
            Some.Usage(),
            Some.Usage() with { ResponseModel = "unknown-model" },
            Some.Usage() with { Outcome = CallOutcome.Error, InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null, StatusCode = 529 },
            Some.Usage() with { OccurredAt = Some.Time.AddDays(-40) });

        var totals = _reports.GetTotals(Some.Time.AddDays(-1));

        Assert.That(totals, Is.EqualTo(new UsageTotals
        {
            Calls = 3,
            InputTokens = 2 * 1001,
            OutputTokens = 2 * 311,
            CacheReadTokens = 2 * 20007,
            CacheCreation5mTokens = 2 * 3003,
            CacheCreation1hTokens = 2 * 505,
            CostNanoUsd = 46_602_250,
            UnpricedCalls = 1,
            FailedCalls = 1,
        }));
    }

    [Test]
    public void Nothing_is_zero() => Assert.That(_reports.GetTotals(DateTimeOffset.UnixEpoch), Is.EqualTo(new UsageTotals { CostNanoUsd = 0 }));

    [Test]
    public void Sum_of_unknown_prices_is_unknown()
    {
        _database.Write(Some.Usage() with { ResponseModel = "unknown-model" });

        Assert.That(_reports.GetTotals(DateTimeOffset.UnixEpoch), Has.Property("CostNanoUsd").Null.And.Property("UnpricedCalls").EqualTo(1));
    }

    [Test]
    public void Days_and_models_are_apart_and_the_newest_comes_first()
    {
        _database.Write(
            Some.Usage() with { OccurredAt = Some.Time.Date },
            Some.Usage() with { OccurredAt = Some.Time.Date.AddTicks(-1) },
            Some.Usage() with { ResponseModel = "claude-haiku-4-5", OccurredAt = Some.Time },
            Some.Usage() with { ResponseModel = null, RequestModel = "claude-haiku-4-5", OccurredAt = Some.Time });

        Assert.That(_reports.GetDailyUsage(DateTimeOffset.UnixEpoch).Select(day => (day.Day, day.Model, day.Calls)), Is.EqualTo(new[]
        {
            ("2026-11-23", "claude-opus-4-8", 1L), ("2026-11-23", "claude-haiku-4-5", 2L), ("2026-11-22", "claude-opus-4-8", 1L),
        }));
    }

    [Test]
    public void View_for_people_shows_times_dollars_and_names()
    {
        _database.Write(Some.Usage() with { Evidence = Evidence.Wire | Evidence.Transcript, DurationMs = 1500 });

        var row = _database.Query("SELECT * FROM usage_readable").Single();

        Assert.That(row["occurred_at"], Is.EqualTo("2026-11-23T12:00:00.000Z"));
        Assert.That(row["cost_usd"], Is.EqualTo(0.046602));
        Assert.That((row["evidence"], row["quality"], row["duration_s"], row["model"]), Is.EqualTo(("wire+transcript", "final", 1.5, "claude-opus-4-8")));
    }
}
