using Microsoft.Extensions.Time.Testing;
using Tracker.Proxy.Statistics;
using Tracker.Storage.Pricing;

namespace Tracker.Tests.Proxy;

/// <summary>How often the calls are read for <c>/status</c>.</summary>
public sealed class UnpricedModelsTests
{
    private readonly FakeTimeProvider _time = new();
    private int _readings;

    [Test]
    public void What_took_long_to_read_is_kept_for_a_hundred_times_as_long()
    {
        var models = Models(took: TimeSpan.FromMilliseconds(240));

        Assert.That((CallsOf(models), CallsOf(models)), Is.EqualTo((1L, 1L)));
        _time.Advance(TimeSpan.FromSeconds(23));
        Assert.That(CallsOf(models), Is.EqualTo(1));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(CallsOf(models), Is.EqualTo(2));
    }

    [Test]
    public void What_took_no_time_is_always_new()
    {
        var models = Models(took: TimeSpan.FromMilliseconds(0.1));

        CallsOf(models);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(CallsOf(models), Is.EqualTo(2));
    }

    [Test]
    public void Reading_that_fails_is_tried_again()
    {
        var isBroken = true;
        var models = new UnpricedModels(() => isBroken ? throw new IOException("gone") : [], _time);

        Assert.That(models.Get, Throws.InstanceOf<IOException>());
        isBroken = false;
        Assert.That(models.Get(), Is.Empty);
    }

    private static long CallsOf(UnpricedModels models) => models.Get()[0].Calls;

    private UnpricedModels Models(TimeSpan took) => new(
        () =>
        {
            _time.Advance(took);
            return [new UnpricedModel("anthropic", "x", ++_readings, _time.GetUtcNow())];
        },
        _time);
}
