using Tracker.Importer.Importing;

namespace Tracker.Tests.Importer;

/// <summary>What several passes of one run did together.</summary>
public sealed class PassReportTests
{
    [Test]
    public void What_two_passes_added_joined_and_priced_is_told_as_one_sum()
    {
        var start = DateTimeOffset.UnixEpoch;
        var first = new PassReport { Database = "tracker.db", StartedAt = start, DurationMs = 7, RowsAdded = 1, Joined = 2, CallsPriced = 4 };
        var second = new PassReport { Database = "tracker.db", StartedAt = start.AddMilliseconds(100), DurationMs = 8, RowsAdded = 10, Joined = 20, CallsPriced = 40 };

        var both = first.FollowedBy(second);

        Assert.That((both.RowsAdded, both.Joined, both.CallsPriced), Is.EqualTo((11L, 22, 44L)));
        Assert.That((both.StartedAt, both.DurationMs), Is.EqualTo((start, 108L)));
    }
}
