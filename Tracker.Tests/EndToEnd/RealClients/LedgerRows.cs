using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>The rows of a database beside the ledger of what the upstream has served to a client.</summary>
internal static class LedgerRows
{
    /// <summary>Asserts that every call of the ledger is one row with what was served, and that there is no other.</summary>
    public static void AssertEqual(TestDatabase database, IReadOnlyList<JsonElement> ledger, RealClient client)
    {
        var rows = database.Query("SELECT * FROM usage").ToLookup(row => (string?)row["request_id"]);
        Assert.That(rows.Sum(row => row.Count()), Is.EqualTo(ledger.Count), "a row for each call, and no other");
        foreach (var entry in ledger)
        {
            var label = $"{client.Name}, {entry}";
            var row = rows[entry.GetProperty("request_id").GetString()].ToList();
            Assert.That(row, Has.Count.EqualTo(1), label);
            AssertEqual(row[0], entry, client, label);
        }
    }

    /// <summary>Asserts that a transcript was found for every call that the client logs.</summary>
    public static void AssertJoined(TestDatabase database, IReadOnlyList<JsonElement> ledger, RealClient client)
    {
        var evidence = database.Query("SELECT request_id, evidence FROM usage").ToDictionary(row => (string)row["request_id"]!, row => (long)row["evidence"]!);
        foreach (var entry in ledger.Where(entry => entry.GetProperty("outcome").GetString() == "complete"))
        {
            Assert.That(evidence[entry.GetProperty("request_id").GetString()!], Is.EqualTo(client.IsSideRequest(entry) ? 1 : 3), $"{client.Name}, {entry}");
        }
    }

    private static void AssertEqual(IDictionary<string, object?> row, JsonElement entry, RealClient client, string label)
    {
        var outcome = entry.GetProperty("outcome").GetString();
        var id = entry.GetProperty("id").GetString();
        var tokens = entry.GetProperty("tokens");

        Assert.That((row["client"], row["provider"]), Is.EqualTo((client.Name, client.Provider)), label);
        Assert.That((long)row["evidence"]! & 1, Is.EqualTo(1), label);
        Assert.That(row["status_code"], Is.EqualTo(entry.GetProperty("status").GetInt64()), label);
        Assert.That(row["outcome"], Is.EqualTo(outcome switch { "complete" => "completed", "aborted" or "client_closed" => "incomplete", _ => "error" }), label);
        Assert.That(row["request_model"], Does.StartWith(entry.GetProperty("requested_model").GetString()!), label);
        Assert.That(row["session_id"], client.HasSession || row["evidence"] is 3L ? Is.Not.Null : Is.Null, label);
        if (outcome == "error")
        {
            Assert.That(row["usage_key"], Does.StartWith("proxy:"), label);
            Assert.That((row["input_tokens"], row["output_tokens"]), Is.EqualTo(((object?)null, (object?)null)), label);
            return;
        }

        Assert.That(row["usage_key"], Is.EqualTo($"{client.Namespace}:{id}"), label);
        Assert.That(row["response_model"], Is.EqualTo(entry.GetProperty("model").GetString()), label);
        Assert.That(row["quality"], Is.EqualTo(outcome == "complete" ? 3L : 1L), label);
        if (outcome == "complete")
        {
            Assert.That((row["input_tokens"], row["output_tokens"], row["reasoning_tokens"] ?? 0L), Is.EqualTo((Count("input"), Count("output"), Count("reasoning"))), label);
            Assert.That((row["cache_read_tokens"] ?? 0L, row["cache_creation_5m_tokens"] ?? 0L, row["cache_creation_1h_tokens"] ?? 0L),
                Is.EqualTo((Count("cache_read"), Count("cache_write_5m"), Count("cache_write_1h"))), label);
        }

        object Count(string name) => tokens.GetProperty(name).GetInt64();
    }
}
