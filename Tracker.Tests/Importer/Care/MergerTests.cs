using Tracker.Storage.Usage;
using Tracker.Tests.Support;
using static Tracker.Tests.Storage.Joining.JoinUnderTest;

namespace Tracker.Tests.Importer.Care;

/// <summary>A call that two machines know by different names, once one of them has joined the two: counted once, whatever was done first.</summary>
public sealed class MergerTests
{
    private static readonly DateTimeOffset Later = Some.Time.AddHours(1);

    // Of a later day, and stored last, so that what is older can be pruned.
    private static readonly UsageRecord Young = Wire(99, sentAt: 500_000);

    private readonly MachineUnderTest _one = new();
    private readonly MachineUnderTest _other = new();

    [TearDown]
    public void TearDown()
    {
        _one.Dispose();
        _other.Dispose();
    }

    [Test]
    public void Call_that_was_pruned_under_the_logs_name_is_not_taken_in_under_the_wires()
    {
        _one.Has(Logged(1)).Has(Young).Prune(Later);
        _other.Has(Wire(1), Logged(1)).Join();

        _one.Merge(_other);

        Assert.That(_one.Total().Calls, Is.EqualTo(2));
        Assert.That(_one.Has(Wire(1)).Total().Calls, Is.EqualTo(2), "the proxy's journal tells of it again");
    }

    [Test]
    public void Call_that_was_pruned_under_the_wires_name_does_not_come_back_under_the_logs()
    {
        _one.Has(Wire(1)).Has(Young).Prune(Later);
        _other.Has(Wire(1), Logged(1)).Join();

        _one.Merge(_other).Has(Logged(1));

        Assert.That(_one.Total().Calls, Is.EqualTo(2));
    }

    [Test]
    public void Call_that_comes_after_a_merge_is_joined_also_under_the_id_of_a_row_that_the_merge_has_removed()
    {
        _one.Has(Wire(2, sentAt: -100_000), Wire(1), Wire(1, sentAt: 0.1) with { Key = Some.Key(3) }, Logged(1)).Join(); // One of two that nothing tells apart here.
        _other.Has(Wire(1), Logged(1)).Join();

        _one.Merge(_other).Has(Logged(2, at: -99_999)).Join();

        Assert.That(_one.Keys(), Is.EqualTo(new[] { $"{Some.Key(1)} 3", $"{Some.Key(2)} 3", $"{Some.Key(3)} 1" }));
    }

    [Test]
    public void Copy_that_is_here_goes_into_the_call_that_comes_joined_already([Values] bool copyFirst)
    {
        var original = Logged(1, client: "opencode") with { RequestModel = "claude-opus-4-8", SessionId = "ses_b" };
        var copy = original with { Key = UsageKey.OfCopy(original), SessionId = "ses_a" };
        using var fork = new MachineUnderTest();
        _other.Has(Wire(1), original).Join();
        fork.Has(copy);

        _one.Merge(copyFirst ? fork : _other).Merge(copyFirst ? _other : fork).Has(copy, original);

        Assert.That(_one.Keys(), Is.EqualTo(new[] { $"{Wire(1).Key} 3" }));
        Assert.That(_one.Scalar<string>("SELECT session_id FROM usage"), Is.EqualTo("ses_a"));
    }

    [Test]
    public void Call_whose_copy_was_pruned_is_not_taken_in_joined()
    {
        var original = Logged(1, at: -0.25, client: "opencode") with { RequestModel = "claude-opus-4-8" };
        _one.Has(original with { Key = UsageKey.OfCopy(original) }).Has(Young).Prune(Later);
        _other.Has(Wire(1), original).Join();

        Assert.That(_one.Merge(_other).Total().Calls, Is.EqualTo(2));
    }

    [Test]
    public void Copy_whose_call_is_known_by_its_logs_name_goes_into_the_wires_row()
    {
        var original = Logged(1, client: "opencode") with { RequestModel = "claude-opus-4-8" };
        _one.Has(original with { Key = UsageKey.OfCopy(original) }).Has(original);
        _other.Has(Wire(1), original).Join();

        _one.Merge(_other);

        Assert.That(_one.Keys(), Is.EqualTo(new[] { $"{Wire(1).Key} 3" }));
    }

    [Test]
    public void Call_that_was_pruned_is_no_second_one_when_a_merge_tells_its_other_name([Values] bool underLogsName)
    {
        _one.Has(underLogsName ? Logged(1) : Wire(1)).Has(Young).Prune(Later).Has(underLogsName ? Wire(1) : Logged(1));
        _other.Has(Wire(1), Logged(1)).Join();

        _one.Merge(_other);

        Assert.That(_one.Total().Calls, Is.EqualTo(2));
        Assert.That(_one.Keys(), Is.EqualTo(new[] { $"{Young.Key} 1" }));
    }
}
