using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage.Joining;

/// <summary>A database with a proxy's writer, an importer's writer, and the joining between them.</summary>
internal sealed class JoinUnderTest : IDisposable
{
    public static readonly IReadOnlySet<string> Clients = new HashSet<string> { "gemini-cli", "opencode", "cline" };

    private readonly UsageWriter _proxy;
    private readonly ImportWriter _importer;
    private readonly SqliteConnection _connection;

    public JoinUnderTest(TestDatabase database)
    {
        Database = database;
        _proxy = new UsageWriter(database.Connections, PriceBooks.Embedded);
        _importer = new ImportWriter(database.Connections, PriceBooks.Embedded, TimeProvider.System);
        _connection = database.Connections.Open();
    }

    public TestDatabase Database { get; }

    /// <summary>A call as the proxy tells it.</summary>
    public static UsageRecord Wire(int number, double sentAt = 0, double seconds = 1) => Some.Usage() with
    {
        Key = Some.Key(number),
        OccurredAt = Some.Time.AddSeconds(sentAt),
        DurationMs = (long)(seconds * 1000),
        RequestModel = "claude-opus-4-8",
        StatusCode = 200,
        InputTokens = 1000 + number,
    };

    /// <summary>The same call as a client's log tells it that does not name the response.</summary>
    public static UsageRecord Logged(int number, double at = 1, string client = "cline", string? id = null) => Wire(number) with
    {
        Key = UsageKey.OfTranscript(client, id ?? $"call-{number}"),
        Evidence = Evidence.Transcript,
        Quality = CountQuality.Exact,
        OccurredAt = Some.Time.AddSeconds(at),
        DurationMs = null,
        RequestModel = null,
        StatusCode = null,
        Client = client,
        Project = "/home/dev/project",
        // Only the total is told, which counts as 5 minutes.
        CacheCreation5mTokens = 3508,
        CacheCreation1hTokens = null,
    };

    public void Store(params UsageRecord[] records)
    {
        var wire = records.Where(record => record.Evidence == Evidence.Wire).ToList();
        if (wire.Count > 0)
        {
            _proxy.Write(wire);
        }

        var logged = records.Where(record => record.Evidence == Evidence.Transcript).Select(record => new ImportStep(record, Some.Cursor(source: "cline"))).ToList();
        if (logged.Count > 0)
        {
            _importer.Write(logged, TimeSpan.FromMinutes(1));
        }
    }

    /// <summary>Joins what is settled so many seconds after <see cref="Some.Time"/>.</summary>
    /// <returns>How many calls were joined, and when the next one can be, in the same seconds.</returns>
    public (int Joined, double? NextAt) Join(double at = 3600, TimeSpan? box = null)
    {
        var plan = _importer.Joins.Search(Some.Time.AddSeconds(at), Clients);
        var joined = 0;
        while (!plan.IsDone)
        {
            joined += _importer.Joins.Write(plan, box ?? TimeSpan.FromMinutes(1));
        }

        return (joined, (plan.NextSettlesAt - Some.Time)?.TotalSeconds);
    }

    /// <summary>All that is stored but the rows' ids, as text that can be compared.</summary>
    public string All()
    {
        var rows = _connection.Query("SELECT * FROM usage ORDER BY usage_key").Select(row => string.Join(' ', ((IDictionary<string, object?>)row).Where(column => column.Key != "id").Select(column => $"{column.Key}={column.Value ?? "null"}")));
        var tools = _connection.Query<string>("SELECT usage_key || ' used ' || tool_use_id || '=' || name FROM tool_call JOIN usage ON id = usage_id ORDER BY 1");
        var aliases = _connection.Query<string>("SELECT alias_key || ' is ' || usage_key FROM usage_alias JOIN usage ON id = usage_id ORDER BY 1");
        return string.Join('\n', [.. rows, .. tools, .. aliases]);
    }

    public IReadOnlyList<string> Keys() => [.. _connection.Query<string>("SELECT usage_key || ' ' || evidence FROM usage ORDER BY usage_key")];

    public void Clear() => _connection.Execute("DELETE FROM usage_alias; DELETE FROM usage; DELETE FROM setting");

    public void Dispose()
    {
        _proxy.Dispose();
        _importer.Dispose();
        _connection.Dispose();
    }
}
