using Microsoft.Data.Sqlite;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Joining;

/// <summary>
/// Looks for calls that the wire and a client's log tell of in a row each. It reads what is new since the last search or recent, and its neighbourhood,
/// by the indexes of rows without a partner: two cursors run through them in the order of time, and what is held is an hour of one side.
/// </summary>
internal sealed class JoinSearch : IDisposable
{
    private const long Hour = 3_600_000;

    // A client completes its record of a call as long as the call lasts, so a row this young may have changed since the last search.
    private const long Recent = 2 * Hour;

    // Who leaves a pair too young looks again as soon as it is not, if that is soon.
    private const long Soon = 60_000;

    // More calls that could be the same one than anything could tell apart.
    private const int MostAlike = 200;

    private readonly SqliteConnection _connection;
    private readonly IReadOnlySet<string> _clients;
    private readonly Statement _readDetails;
    private readonly Statement _readTools;
    private readonly Dictionary<long, CallDetails> _details = [];

    /// <param name="connection">An open connection, which must outlive this.</param>
    /// <param name="clients">See <see cref="JoinRules.Weigh"/>.</param>
    public JoinSearch(SqliteConnection connection, IReadOnlySet<string> clients)
    {
        (_connection, _clients) = (connection, clients);
        _readDetails = new Statement(connection, JoinQueries.Details);
        _readTools = new Statement(connection, JoinQueries.ToolUseIds);
    }

    /// <param name="now">What came into being lately before is not decided yet.</param>
    public JoinPlan Search(DateTimeOffset now)
    {
        var (searchedFrom, newest) = (JoinQueries.ReadSearchedUpTo(_connection), JoinQueries.ReadNewestRow(_connection));
        if (Statement.ReadNumber(_connection, JoinQueries.AnyAlone) != 1)
        {
            return new JoinPlan([], searchedFrom, newest, null);
        }

        var nowMs = now.ToUnixTimeMilliseconds();
        var hoursAhead = JoinQueries.ReadHoursAhead(_connection);
        var pairs = new List<JoinPair>();
        var toDecide = new List<JoinPair>();
        foreach (var range in FindRangesToSearch(searchedFrom, newest, nowMs, hoursAhead.Where(hour => hour * Hour <= nowMs)))
        {
            // A call in the range has its partner within one reach of it, the other candidates of that within two, and theirs within three.
            var found = Sweep(range.Widened(3 * JoinRules.Reach));
            pairs.AddRange(found);
            toDecide.AddRange(found.Where(pair => range.Widened(JoinRules.Reach).Contains(pair.Logged.At)));
        }

        var joined = JoinDecision.Decide(pairs, toDecide.Where(pair => pair.SettledAt <= nowMs));
        var next = toDecide.Where(pair => pair.SettledAt > nowMs).Select(pair => (DateTimeOffset?)DateTimeOffset.FromUnixTimeMilliseconds(pair.SettledAt)).Min();
        // The clock was ahead when these calls were made. They are not new any more when it has come to where it was.
        var ahead = toDecide.Where(pair => pair.SettledAt > nowMs + Soon).Select(pair => pair.BornAt / Hour).Concat(hoursAhead.Where(hour => hour * Hour > nowMs)).Distinct().Order().ToList();
        return new JoinPlan(joined, searchedFrom, newest, next, ahead.SequenceEqual(hoursAhead) ? null : ahead);
    }

    public void Dispose()
    {
        _readDetails.Dispose();
        _readTools.Dispose();
    }

    private List<TimeRange> FindRangesToSearch(long searchedFrom, long newest, long now, IEnumerable<long> hoursThatHaveCome)
    {
        using var hours = new Statement(_connection, JoinQueries.HoursOfNew);
        hours.Bind(1, searchedFrom);
        hours.Bind(2, newest);
        List<TimeRange> ranges = [new(now - Recent, now + Recent), .. hoursThatHaveCome.Select(OfHour)];
        while (hours.Step())
        {
            ranges.Add(OfHour(hours.Number(0)!.Value));
        }

        return TimeRange.Merge(ranges, gap: 6 * JoinRules.Reach);
    }

    private static TimeRange OfHour(long hour) => new(hour * Hour, (hour * Hour) + Hour);

    private List<JoinPair> Sweep(TimeRange range)
    {
        var pairs = new List<JoinPair>();
        var crowded = new HashSet<long>();
        using var wireCalls = Open(JoinQueries.WireCalls, range);
        using var loggedCalls = Open(JoinQueries.LoggedCalls, range);
        var window = new WireWindow(() => wireCalls.Step() ? ReadWire(wireCalls) : null);
        while (loggedCalls.Step())
        {
            var logged = ReadLogged(loggedCalls);
            var alike = window.MoveTo(logged.At, logged.Counts).Where(wire => JoinRules.IsInTime(wire, logged) && JoinRules.HasSameOutput(wire, logged)).ToList();
            if (alike.Count > MostAlike)
            {
                crowded.UnionWith(alike.Select(wire => wire.Id));
                continue;
            }

            pairs.AddRange(alike.Select(wire => Pair(wire, logged)).OfType<JoinPair>());
        }

        pairs.RemoveAll(pair => crowded.Contains(pair.Wire.Id));
        return pairs;
    }

    private JoinPair? Pair(WireCall wire, LoggedCall logged)
    {
        var (wireDetails, loggedDetails) = (Details(wire.Id), Details(logged.Id));
        return JoinRules.Weigh(wireDetails, loggedDetails, _clients) is { } weight ? new JoinPair(wire, logged, weight, (wireDetails.Key, loggedDetails.Key)) : null;
    }

    private CallDetails Details(long id) => _details.TryGetValue(id, out var known) ? known : _details[id] = ReadDetails(id);

    private CallDetails ReadDetails(long id)
    {
        _readTools.Bind(1, id);
        var tools = new List<string>();
        while (_readTools.Step())
        {
            tools.Add(_readTools.Text(0)!);
        }

        _readTools.Reset();
        _readDetails.Bind(1, id);
        _readDetails.Step();
        var details = new CallDetails(_readDetails.Text(0)!, _readDetails.Text(1), _readDetails.Text(2), _readDetails.Text(3), _readDetails.Text(4), tools);
        _readDetails.Reset();
        return details;
    }

    private Statement Open(string sql, TimeRange range)
    {
        var statement = new Statement(_connection, sql);
        statement.Bind(1, range.From);
        statement.Bind(2, range.To);
        return statement;
    }

    private static WireCall ReadWire(Statement row) => new(
        row.Number(0)!.Value, row.Number(1)!.Value, row.Number(2)!.Value, new Counts(row.Number(3)!.Value, row.Number(4)!.Value, row.Number(5)!.Value), row.Number(6)!.Value, MayBeLoggedWhole: row.Number(7) == 1);

    private static LoggedCall ReadLogged(Statement row) => new(
        row.Number(0)!.Value, row.Number(1)!.Value, new Counts(row.Number(2)!.Value, row.Number(3)!.Value, row.Number(4)!.Value), row.Number(5)!.Value, (CountQuality)row.Number(6)!.Value);
}
