using Tracker.Storage.Pricing;

namespace Tracker.Proxy.Statistics;

/// <summary>
/// The models without a price, for <c>/status</c>, which every open page asks for every two seconds. They are read from the calls, each time longer with each that has no cost
/// (0.24 s for 300,000, November 2026); so what was read is kept for a hundred times as long as the reading took, and costs a hundredth of a processor at most;
/// but for no longer than half a minute, because a reading can take long for other reasons.
/// </summary>
internal sealed class UnpricedModels(Func<IReadOnlyList<UnpricedModel>> read, TimeProvider time)
{
    private const int Most = 50;
    private const int KeptFor = 100;
    private static readonly TimeSpan LongestKept = TimeSpan.FromSeconds(30);

    private readonly Lock _turn = new();
    private volatile IReadOnlyList<UnpricedModel> _last = [];
    private long _readAt;
    private TimeSpan _took;

    public UnpricedModels(PricingQueries pricing, TimeProvider time)
        : this(() => pricing.GetUnpricedModels(Most), time)
    {
    }

    /// <summary>Those with the most calls first.</summary>
    public IReadOnlyList<UnpricedModel> Get()
    {
        // Of several who ask at once one reads: the database may be locked, and then each would wait for the one before.
        if (!_turn.TryEnter())
        {
            return _last;
        }

        try
        {
            if (_took == TimeSpan.Zero || time.GetElapsedTime(_readAt) > TimeSpan.FromTicks(Math.Min(_took.Ticks * KeptFor, LongestKept.Ticks)))
            {
                var began = time.GetTimestamp();
                _last = read();
                (_readAt, _took) = (time.GetTimestamp(), time.GetElapsedTime(began));
            }

            return _last;
        }
        finally
        {
            _turn.Exit();
        }
    }
}
