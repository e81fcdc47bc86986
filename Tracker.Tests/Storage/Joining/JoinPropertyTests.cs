using CsCheck;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;
using static Tracker.Tests.Storage.Joining.JoinUnderTest;

namespace Tracker.Tests.Storage.Joining;

/// <summary>Whichever side comes first, in whatever pieces, however often it is looked at: the same rows.</summary>
public sealed class JoinPropertyTests
{
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    /// <summary>One call, and when what saw it is stored. Times are tenths of a second.</summary>
    private sealed record Call(int Likeness, int SentAt, int Takes, bool IsOnWire, bool IsLogged, bool StampsRequest, bool IsOverstated, bool HasTool, bool HasSession, int WireDelay, int LogDelay);

    // Few likenesses and little time, so that calls are often taken for each other. Whatever saw a call tells it within a second.
    private static readonly Gen<Call> AnyCall =
        from likeness in Gen.Int[1, 3]
        from sentAt in Gen.Int[0, 60]
        from takes in Gen.Int[0, 9]
        from sides in Gen.Int[1, 3]
        from flags in Gen.Int[0, 15]
        from delays in Gen.Int[0, 10].Array[2]
        select new Call(likeness, sentAt, takes, (sides & 1) != 0, (sides & 2) != 0, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0, delays[0], delays[1]);

    [Test]
    public void Any_interleaving_of_proxy_import_and_joining_gives_the_same_rows()
    {
        using var joins = new JoinUnderTest(_database);
        var gen =
            from calls in AnyCall.Array[1, 8]
            let told = calls.SelectMany(Tell).ToArray()
            from order in Gen.Shuffle(told)
            from again in Gen.Int[0, told.Length - 1].Array[0, 4]
            from looks in Gen.Int[0, 90].Array[0, 8]
            select (told, order, again: again.Select(i => told[i]).ToArray(), looks);

        gen.Sample((told, order, again, looks) =>
        {
            var expected = Run(joins, () => joins.Store([.. told.Select(one => one.Record)]));
            var histories = new Dictionary<string, Action>
            {
                ["as it happens, looked at now and then"] = () => AsItHappens(joins, told, looks),
                ["in another order and again"] = () =>
                {
                    foreach (var one in order.Concat(again))
                    {
                        joins.Store(one.Record);
                    }
                },
                ["the wire as it happens, the logs later"] = () =>
                {
                    AsItHappens(joins, told.Where(one => one.Record.Evidence == Evidence.Wire), looks);
                    joins.Store([.. order.Where(one => one.Record.Evidence == Evidence.Transcript).Select(one => one.Record)]);
                },
                ["the logs as it happens, the wire later"] = () =>
                {
                    AsItHappens(joins, told.Where(one => one.Record.Evidence == Evidence.Transcript), looks);
                    joins.Store([.. order.Where(one => one.Record.Evidence == Evidence.Wire).Select(one => one.Record)]);
                },
                ["all again after it was joined"] = () =>
                {
                    AsItHappens(joins, told, looks);
                    joins.Join();
                    joins.Store([.. order.Select(one => one.Record)]);
                },
            };
            foreach (var (name, history) in histories)
            {
                var found = Run(joins, history);
                if (found != expected)
                {
                    throw new InvalidOperationException($"{name}:\n{found}\ninstead of:\n{expected}");
                }
            }
        }, iter: Rounds.Of(100, 1500), threads: 1);
    }

    [Test]
    public void Every_logged_call_finds_its_own_when_the_counts_differ()
    {
        using var joins = new JoinUnderTest(_database);
        AnyCall.Array[1, 30].Sample(calls =>
        {
            joins.Clear();
            var told = calls.Select((call, number) => call with { Likeness = number }).SelectMany(Tell).ToList();
            joins.Store([.. told.Select(one => one.Record)]);
            joins.Join();

            var both = calls.Count(call => call.IsOnWire && call.IsLogged);
            return joins.Keys().Count == told.Count - both && joins.Keys().Count(key => key.EndsWith(" 3", StringComparison.Ordinal)) == both;
        }, iter: 50, threads: 1);
    }

    private static string Run(JoinUnderTest joins, Action history)
    {
        joins.Clear();
        history();
        joins.Join();
        return joins.All();
    }

    private static void AsItHappens(JoinUnderTest joins, IEnumerable<(int At, UsageRecord Record)> told, int[] looks)
    {
        var events = told.Select(one => (one.At, Record: (UsageRecord?)one.Record)).Concat(looks.Select(at => (At: at, Record: (UsageRecord?)null)));
        foreach (var (at, record) in events.OrderBy(one => one.At))
        {
            if (record is not null)
            {
                joins.Store(record);
            }
            else
            {
                // Of what happens in the same moment, some is not stored yet.
                joins.Join((at - 0.5) / 10);
            }
        }
    }

    private static IEnumerable<(int At, UsageRecord Record)> Tell(Call call, int number)
    {
        var endedAt = call.SentAt + call.Takes;
        ToolCall[] tools = call.HasTool ? [new ToolCall($"toolu_01FAKE{number:D2}", "Bash")] : [];
        var session = call.HasSession ? $"ses_{number % 2}" : null;
        if (call.IsOnWire)
        {
            yield return (endedAt + call.WireDelay, Wire(call.Likeness, call.SentAt / 10.0, call.Takes / 10.0) with { Key = Some.Key(number), ToolCalls = tools, SessionId = session });
        }

        if (call.IsLogged)
        {
            var at = call.StampsRequest ? call.SentAt : endedAt;
            var logged = Logged(call.Likeness, at / 10.0, id: $"{number}") with { ToolCalls = tools, SessionId = session };
            yield return (Math.Max(endedAt, at + call.LogDelay), call.IsOverstated ? logged with { Quality = CountQuality.Overstated, OutputTokens = logged.OutputTokens + 5 } : logged);
        }
    }
}
