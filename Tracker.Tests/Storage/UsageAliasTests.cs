using Dapper;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;
using Tracker.Tests.Storage.Joining;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class UsageAliasTests
{
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Record_of_a_log_whose_key_is_an_alias_goes_into_the_row_it_names()
    {
        var wire = Some.Usage() with { Client = "ai-sdk" };
        var logged = wire with { Key = UsageKey.OfTranscript("cline", "task-1:0"), Evidence = Evidence.Transcript, Quality = CountQuality.Exact, Client = "cline", Project = "/p" };
        _database.Write(wire);
        using (var connection = _database.Connections.Open())
        {
            connection.Execute("INSERT INTO usage_alias SELECT @alias, id FROM usage", new { alias = logged.Key.Value });
        }

        _database.Write(logged, logged);

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That((row["usage_key"], row["evidence"], row["project"], row["client"]), Is.EqualTo((wire.Key.Value, 3L, "/p", "cline")));
    }

    [Test]
    public void Call_that_was_pruned_under_another_name_stays_away_under_all_of_them()
    {
        using var joins = new JoinUnderTest(_database);
        joins.Store(JoinUnderTest.Wire(1), JoinUnderTest.Logged(1));
        joins.Join();
        using (var connection = _database.Connections.Open())
        using (var pruned = new PrunedCalls(connection))
        {
            pruned.Add(UsageKey.OfTranscript("cline", "elsewhere"));
        }

        using (var importer = new ImportWriter(_database.Connections, PriceBooks.Embedded, TimeProvider.System))
        {
            importer.Adopt([(UsageKey.OfTranscript("cline", "elsewhere"), JoinUnderTest.Wire(1).Key)]);
        }

        joins.Store(JoinUnderTest.Wire(1), JoinUnderTest.Logged(1));
        Assert.That(joins.Keys(), Is.Empty);
    }

    [Test]
    public void Row_that_an_alias_names_cannot_be_deleted()
    {
        _database.Write(Some.Usage());
        using var connection = _database.Connections.Open();
        connection.Execute("INSERT INTO usage_alias SELECT 'cline:1', id FROM usage");

        Assert.That(() => connection.Execute("DELETE FROM usage"), Throws.InstanceOf<Microsoft.Data.Sqlite.SqliteException>().With.Message.Contains("FOREIGN KEY"));
    }

    [TestCase("anthropic:msg_01TEST000000000001", true)]
    [TestCase("openai:resp_1", true)]
    [TestCase("gemini:abc", true)]
    [TestCase("ollama:abc", true)]
    [TestCase("gemini-cli:abc", false)]
    [TestCase("opencode:msg_1", false)]
    [TestCase("proxy:1", false)]
    public void Keys_of_the_upstream_are_told_from_a_clients_own(string key, bool isOfUpstream)
    {
        Assert.That(UsageKey.FromStored(key).IsOfUpstream, Is.EqualTo(isOfUpstream));
    }
}
