using Microsoft.Extensions.Time.Testing;
using Tracker.Storage.Connections;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class ImportWriterTests
{
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Records_and_the_cursors_behind_them_are_stored_together()
    {
        using var writer = new ImportWriter(_database.Connections, PriceBooks.Embedded, TimeProvider.System);

        var result = writer.Write([Step("a", 1), Step("a", 2), new ImportStep(null, Some.Cursor("a", 3)), Step("b", 1)], TimeSpan.FromSeconds(30));

        Assert.That(result, Is.EqualTo(new ImportResult(4, 3)));
        Assert.That(writer.ReadCursors("claude-code").Values.Select(cursor => (cursor.Path, cursor.Offset)), Is.EquivalentTo([("a", 3L), ("b", 1L)]));
    }

    [Test]
    public void Rows_that_are_there_already_are_not_counted_as_new()
    {
        var record = Some.Usage();
        _database.Write(record);
        using var writer = new ImportWriter(_database.Connections, PriceBooks.Embedded, TimeProvider.System);

        var result = writer.Write([new ImportStep(record, Some.Cursor("a", 1)), Step("a", 2), new ImportStep(record, Some.Cursor("a", 3))], TimeSpan.FromSeconds(30));

        Assert.That(result.RowsAdded, Is.EqualTo(1));
    }

    [Test]
    public void Transaction_ends_when_its_time_is_over_with_the_cursor_behind_what_was_stored()
    {
        // Every look at the clock takes a second of it.
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(1) };
        using var writer = new ImportWriter(_database.Connections, PriceBooks.Embedded, time);

        var result = writer.Write([.. Enumerable.Range(1, 1000).Select(offset => Step("a", offset))], TimeSpan.FromMilliseconds(10));

        Assert.That(result.StepsStored, Is.InRange(1, 100));
        Assert.That(writer.ReadCursors("claude-code")["a"].Offset, Is.EqualTo(result.StepsStored));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(result.StepsStored));
    }

    [Test]
    public void Nothing_is_stored_when_one_record_is_refused()
    {
        using var writer = new ImportWriter(_database.Connections, PriceBooks.Embedded, TimeProvider.System);
        var refused = new ImportStep(Some.Usage() with { Quality = (CountQuality)9 }, Some.Cursor("a", 2));

        Assert.That(() => writer.Write([Step("a", 1), refused], TimeSpan.FromSeconds(30)), Throws.InstanceOf<Microsoft.Data.Sqlite.SqliteException>());

        Assert.That(_database.Rows(), Is.Empty);
        Assert.That(writer.ReadCursors("claude-code"), Is.Empty);
    }

    [Test]
    public void Error_that_the_wire_saw_stays_when_the_log_takes_back_that_it_ended_well([Values] bool wireFirst)
    {
        var wire = Some.Usage() with { Outcome = CallOutcome.Error, Quality = CountQuality.Partial, OutputTokens = 1 };
        var whole = wire with { Evidence = Evidence.Transcript, Quality = CountQuality.Exact, Outcome = CallOutcome.Completed, OutputTokens = 311 };
        var broken = whole with { Quality = CountQuality.Partial, Outcome = CallOutcome.Incomplete };
        using var writer = new ImportWriter(_database.Connections, PriceBooks.Embedded, TimeProvider.System);
        if (wireFirst)
        {
            _database.Write(wire);
        }

        foreach (var step in new[] { new ImportStep(whole, null), new ImportStep(broken, null, IsWithdrawn: true), new ImportStep(broken, null) })
        {
            writer.Write([step], TimeSpan.FromSeconds(30));
        }

        if (!wireFirst)
        {
            _database.Write(wire);
        }

        Assert.That(_database.Scalar<string>("SELECT outcome FROM usage"), Is.EqualTo("error"));
    }

    [Test]
    public void Cursor_comes_back_as_it_was_stored()
    {
        var cursor = Some.Cursor("a", 7) with { Length = 8, ModifiedAtTicks = 9, LineCount = 10, Fingerprint = -11, HeadLength = 12, TailLength = 13, RecordCount = 14, MalformedCount = 15, Trouble = "line 3 is not valid JSON", State = "state", Drift = "new_tokens" };
        using var writer = new ImportWriter(_database.Connections, PriceBooks.Embedded, TimeProvider.System);

        writer.Write([new ImportStep(null, cursor)], TimeSpan.FromSeconds(30));

        Assert.That(writer.ReadCursors("claude-code")["a"], Is.EqualTo(cursor));
        Assert.That(writer.ReadCursors("codex"), Is.Empty);
    }

    [Test]
    public async Task What_a_transaction_has_written_is_copied_into_the_database_beside_the_next_one()
    {
        using var writer = new ImportWriter(_database.Connections, PriceBooks.Embedded, TimeProvider.System);
        var before = new FileInfo(_database.Path).Length;
        writer.Begin();
        writer.Append([.. Enumerable.Range(1, 2000).Select(offset => Step("a", offset))]);
        writer.Commit();
        Assert.That(new FileInfo(_database.Path).Length, Is.EqualTo(before), "all is in the log");

        writer.BeginCheckpoint();
        writer.Begin();
        while (new FileInfo(_database.Path).Length == before)
        {
            await Task.Delay(10);
        }

        writer.Append([Step("a", 2001)]);
        writer.Commit();
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(2001));
    }

    [Test]
    public void Log_of_the_database_stays_small_under_sustained_writing()
    {
        using var writer = new ImportWriter(_database.Connections, PriceBooks.Embedded, TimeProvider.System);
        var longest = 0L;
        for (var i = 0; i < 100; i++)
        {
            writer.Write([.. Enumerable.Range(1, 1000).Select(offset => Step("a", offset))], TimeSpan.FromSeconds(30));
            longest = Math.Max(longest, new FileInfo(_database.Path + "-wal").Length);
            writer.CheckpointIfLarge();
        }

        Assert.That(new FileInfo(_database.Path).Length, Is.GreaterThan(WalCheckpoint.Large / 2), "enough was written to tell");
        Assert.That(longest, Is.LessThan(2 * WalCheckpoint.Large));
    }

    private static ImportStep Step(string path, long offset) => new(Some.Usage(), Some.Cursor(path, offset));
}
