namespace Tracker.Storage.Statistics;

/// <summary>Which calls a list has, beyond <see cref="UsageFilter"/>.</summary>
/// <param name="Usage">Which calls.</param>
/// <param name="Order">What it begins with.</param>
/// <param name="Limit">The most calls it has, 1 to 1000.</param>
/// <param name="After">The last call of the page before; for <see cref="CallOrder.Newest"/> and <see cref="CallOrder.Oldest"/>.</param>
/// <param name="Outcome"><c>completed</c>, <c>incomplete</c> or <c>error</c>.</param>
public sealed record CallFilter(UsageFilter Usage, CallOrder Order, int Limit, CallPosition? After = null, string? Outcome = null);

/// <summary>Where a call stands in a list by time.</summary>
public readonly record struct CallPosition(long OccurredAtMs, long Id)
{
    public CallPosition(Call call)
        : this(call?.OccurredAtMs ?? throw new ArgumentNullException(nameof(call)), call.Id)
    {
    }
}
