using Dapper;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Statistics;

/// <summary>How full subscriptions' windows are.</summary>
public sealed class LimitQueries(TrackerConnectionFactory connections)
{
    /// <summary>What was last told of each window.</summary>
    public IReadOnlyList<LimitWindow> GetLatest()
    {
        const string sql = """
            SELECT provider AS Provider, "window" AS Window, max(observed_at_ms) AS ObservedAtMs, used_fraction AS UsedFraction, resets_at_ms AS ResetsAtMs
            FROM   limit_sample
            GROUP  BY provider, "window"
            ORDER  BY provider, "window"
            """;
        using var connection = connections.OpenReadOnly();
        return connection.Query<LimitWindow>(sql).AsList();
    }
}
