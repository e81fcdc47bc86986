using Tracker.Storage.Care;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>What is taken of a damaged database. Whole files that were damaged are in <see cref="EndToEnd.Doctor.RepairTests"/>.</summary>
public sealed class DatabaseSalvageTests
{
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [TestCase(TokenCount.Largest, true)]
    [TestCase(TokenCount.Largest + 1, false)]
    [TestCase(-1, false)]
    public void Row_with_more_tokens_than_a_call_can_have_is_not_taken(long tokens, bool isTaken)
    {
        _database.Write(Some.Usage(), Some.Usage());
        _database.Execute($"UPDATE usage SET output_tokens = {tokens} WHERE id = 1");
        using var connection = _database.Connections.OpenReadOnly();
        var salvage = new DatabaseSalvage(connection);

        var calls = salvage.ReadCalls().ToList();

        Assert.That((calls.Count, salvage.Implausible), Is.EqualTo(isTaken ? (2, 0L) : (1, 1L)));
    }
}
