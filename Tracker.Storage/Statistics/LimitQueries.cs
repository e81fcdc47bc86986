using Dapper;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Statistics;

/// <summary>How full subscriptions' windows are.</summary>
public sealed class LimitQueries(TrackerConnectionFactory connections, TimeProvider time)
{
    // Of a clock that was set right since.
    private static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(5);

    /// <summary>What was last told of each window. What was told later than now was told by a clock that was wrong, and would hide what is right for as long.</summary>
    public IReadOnlyList<LimitWindow> GetLatest()
    {
        const string sql = """
            SELECT provider AS Provider, "window" AS Window, max(observed_at_ms) AS ObservedAtMs, used_fraction AS UsedFraction, resets_at_ms AS ResetsAtMs
            FROM   limit_sample
            WHERE  observed_at_ms <= @Latest
            GROUP  BY provider, "window"
            ORDER  BY provider, "window"
            """;
        using var connection = connections.OpenReadOnly();
        return connection.Query<LimitWindow>(sql, new { Latest = (time.GetUtcNow() + MostAhead).ToUnixTimeMilliseconds() }).AsList();
    }
}
