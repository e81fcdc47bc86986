using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class LimitHeadersTests
{
    private readonly HttpResponseMessage _response = new();

    [TearDown]
    public void TearDown() => _response.Dispose();

    [Test]
    public void Anthropics_windows_are_fractions()
    {
        Add("anthropic-ratelimit-unified-status", "allowed");
        Add("anthropic-ratelimit-unified-5h-utilization", "0.42");
        Add("anthropic-ratelimit-unified-5h-reset", "1795450000");
        Add("Anthropic-RateLimit-Unified-7d_Opus-Utilization", "1.05");
        Add("anthropic-ratelimit-unified-7d_opus-reset", "2026-11-30T05:00:00Z");
        Add("anthropic-ratelimit-requests-remaining", "49");

        Assert.That(Read(), Is.EquivalentTo([
            new LimitSample("5h", Some.Time, 0.42, DateTimeOffset.FromUnixTimeSeconds(1795450000)),
            new LimitSample("7d_opus", Some.Time, 1.05, new DateTimeOffset(2026, 11, 30, 5, 0, 0, TimeSpan.Zero)),
        ]));
    }

    [Test]
    public void Codexs_windows_are_percents_with_a_length_in_minutes()
    {
        Add("x-codex-primary-used-percent", "12.5");
        Add("x-codex-primary-window-minutes", "300");
        Add("x-codex-primary-reset-at", "1795450000");
        Add("x-codex-secondary-used-percent", "77");
        Add("x-codex-secondary-window-minutes", "10080");

        Assert.That(Read(), Is.EquivalentTo([
            new LimitSample("5h", Some.Time, 0.125, DateTimeOffset.FromUnixTimeSeconds(1795450000)),
            new LimitSample("7d", Some.Time, 0.77, null),
        ]));
    }

    [TestCase("anthropic-ratelimit-unified-5h-utilization", "much")]
    [TestCase("anthropic-ratelimit-unified-5h-utilization", "NaN")]
    [TestCase("anthropic-ratelimit-unified-5h-utilization", "-1")]
    [TestCase("anthropic-ratelimit-unified-5h-utilization", "-Infinity")]
    [TestCase("anthropic-ratelimit-unified-5h-utilization", "1e300")]
    [TestCase("anthropic-ratelimit-unified--utilization", "1")]
    [TestCase("anthropic-ratelimit-unified-utilization", "1")]
    [TestCase("x-codex-used-percent", "1")]
    public void What_is_no_window_is_none(string name, string value)
    {
        Add(name, value);

        Assert.That(Read(), Is.Empty);
    }

    [Test]
    public void Many_headers_are_not_all_kept()
    {
        for (var i = 0; i < 1000; i++)
        {
            Add($"anthropic-ratelimit-unified-{i}-utilization", "1");
        }

        Assert.That(Read(), Has.Count.EqualTo(8));
    }

    private void Add(string name, string value) => _response.Headers.TryAddWithoutValidation(name, value);

    private IReadOnlyList<LimitSample> Read() => LimitHeaders.Read(_response.Headers, Some.Time);
}
