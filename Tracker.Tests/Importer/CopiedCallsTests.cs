using Tracker.Storage.Usage;
using Tracker.Tests.Importer.Care;
using Tracker.Tests.Support;
using static Tracker.Tests.Storage.Joining.JoinUnderTest;

namespace Tracker.Tests.Importer;

/// <summary>Calls that opencode's log holds again under other ids: one call each, and the same one whatever is read first.</summary>
public sealed class CopiedCallsTests
{
    private static readonly UsageRecord Original = Logged(1, client: "opencode") with { RequestModel = "claude-opus-4-8", SessionId = "ses_b" };
    private static readonly UsageRecord Copy = Original with { Key = UsageKey.OfCopy(Original), SessionId = "ses_a" };

    private readonly MachineUnderTest _machine = new();

    [TearDown]
    public void TearDown() => _machine.Dispose();

    [Test]
    public void Session_of_a_call_and_its_copy_is_the_same_whichever_is_read_first([Values] bool copyFirst, [Values] bool isOnWire)
    {
        _machine.Has(isOnWire ? [Wire(1)] : []).Has(copyFirst ? Copy : Original).Join().Has(copyFirst ? Original : Copy);

        Assert.That(_machine.Total().Calls, Is.EqualTo(1));
        Assert.That(_machine.Scalar<string>("SELECT session_id FROM usage"), Is.EqualTo("ses_a"));
    }

    [Test]
    public void Call_and_its_copy_are_one_also_where_a_client_has_no_copies_before()
    {
        _machine.Has(Logged(2, client: "opencode"), Copy, Original);

        Assert.That(_machine.Total().Calls, Is.EqualTo(2));
    }

    [Test]
    public void Call_whose_copy_was_pruned_does_not_come_back()
    {
        _machine.Has(Copy).Has(Wire(99, sentAt: 500_000)).Prune(Some.Time.AddHours(1));

        Assert.That(_machine.Has(Original).Total().Calls, Is.EqualTo(2));
        Assert.That(_machine.Has(Original, Copy).Total().Calls, Is.EqualTo(2), "read again");
    }
}
