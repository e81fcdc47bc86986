using CsCheck;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;
using static Tracker.Tests.Storage.Joining.JoinUnderTest;

namespace Tracker.Tests.Importer.Care;

/// <summary>Calls of which the wire, opencode's log and the copies of a fork tell, on several machines: however they are brought together, each is one call.</summary>
public sealed class MergerPropertyTests
{
    private const int Calls = 2;
    private const int Teller = 3; // The wire, the log, the fork.
    private const int AllFacts = (1 << (Calls * Teller)) - 1;

    private readonly MachineUnderTest _here = new();
    private readonly MachineUnderTest _expected = new();

    // The last one has seen everything: without it, nothing would tell some names of a call that was pruned.
    private readonly MachineUnderTest[] _others = [new(), new(), new()];

    private enum Deed
    {
        Import,
        Merge,
        Join,
        Prune,
    }

    [TearDown]
    public void TearDown() => Array.ForEach([_here, _expected, .. _others], machine => machine.Dispose());

    [Test]
    public void Each_call_is_counted_once_in_whatever_order_it_is_imported_merged_joined_and_pruned()
    {
        var step = Gen.Select(Gen.Frequency((6, Gen.Const(Deed.Import)), (3, Gen.Const(Deed.Merge)), (1, Gen.Const(Deed.Join)), (2, Gen.Const(Deed.Prune))), Gen.Int[0, AllFacts]);
        // A machine that has joined a copy has read the call itself, too: else nothing tells that another one's row of it is the same until that is read again.
        var seen = Gen.Int[0, AllFacts].Where(facts => Enumerable.Range(0, Calls).All(call => (facts >> (call * Teller) & 0b111) != 0b101));
        _others[2].Has([.. Facts(AllFacts)]).Join();
        var expected = _expected.Has([.. Facts(AllFacts)]).Join().Calls();

        Gen.Select(seen, seen, step.Array[1, 8]).Sample((one, other, steps) =>
        {
            _others[0].Clear().Has([.. Facts(one)]).Join();
            _others[1].Clear().Has([.. Facts(other)]).Join();
            _here.Clear();
            // Once: two halves that were pruned one after the other, before anybody told that they are one, stay two.
            var pruning = Array.FindIndex(steps, step => step.Item1 == Deed.Prune);
            foreach (var (deed, number) in steps.Where((step, index) => step.Item1 != Deed.Prune || index == pruning))
            {
                Do(deed, number);
            }

            _here.Merge(_others[2]).Has([.. Facts(AllFacts)]).Join();

            var (calls, found) = (_here.Total().Calls, _here.Calls());
            if (calls != Calls + (pruning >= 0 ? 1 : 0) || (pruning < 0 && !found.SequenceEqual(expected)))
            {
                throw new InvalidOperationException($"{calls} calls:\n{string.Join('\n', found)}\ninstead of:\n{string.Join('\n', expected)}");
            }
        }, iter: Rounds.Of(30, 700), threads: 1);
    }

    private void Do(Deed deed, int number)
    {
        switch (deed)
        {
            case Deed.Import:
                _here.Has(Fact(number % (Calls * Teller)));
                break;
            case Deed.Merge:
                _here.Merge(_others[number % _others.Length]);
                break;
            case Deed.Join:
                _here.Join();
                break;
            default:
                // The newest row is never pruned.
                _here.Join().Has(Wire(99, sentAt: 500_000)).Prune(Some.Time.AddHours(number % (Calls + 1)));
                break;
        }
    }

    private static IEnumerable<UsageRecord> Facts(int facts) => Enumerable.Range(0, Calls * Teller).Where(number => (facts >> number & 1) == 1).Select(Fact);

    // The calls are an hour apart, so that pruning can come between them.
    private static UsageRecord Fact(int number)
    {
        var call = number / Teller;
        var sentAt = (call * 3600) + 60;
        var logged = Logged(call, sentAt - 0.25, "opencode") with { RequestModel = "claude-opus-4-8", SessionId = "ses_b" };
        return (number % Teller) switch
        {
            0 => Wire(call, sentAt),
            1 => logged,
            _ => logged with { Key = UsageKey.OfCopy(logged), SessionId = "ses_a" },
        };
    }
}
