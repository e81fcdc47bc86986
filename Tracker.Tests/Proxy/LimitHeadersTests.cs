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
    public void Family_of_any_length_is_not_the_subscription_and_a_window_of_centuries_is_none()
    {
        Add("x-codex-active-limit", "codex_" + new string('x', 40));
        Add("x-codex-primary-used-percent", "12.5");
        Add("x-codex-primary-window-minutes", "300");
        Add("x-codex-secondary-used-percent", "12.5");
        Add("x-codex-secondary-window-minutes", "1440000000000");

        Assert.That(Read(), Is.EqualTo(new[] { new LimitSample("5h_" + new string('x', 32), Some.Time, 0.125, null) }));
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

    [Test]
    public void Limits_of_a_model_are_windows_beside_the_subscriptions([Values] bool modelsComeFirst)
    {
        foreach (var family in modelsComeFirst ? (string[])["-bengalfox", ""] : ["", "-bengalfox"])
        {
            Add($"x-codex{family}-primary-used-percent", family.Length > 0 ? "17" : "50");
            Add($"x-codex{family}-primary-window-minutes", family.Length > 0 ? "300" : "10080");
            Add($"x-codex{family}-primary-reset-at", "1795450000");
            Add($"x-codex{family}-secondary-used-percent", family.Length > 0 ? "8" : "12");
            Add($"x-codex{family}-secondary-window-minutes", family.Length > 0 ? "10080" : "300");
        }

        Add("x-codex-bengalfox-limit-name", "GPT-5.3-Codex-Spark");
        Add("x-codex-active-limit", "premium");

        Assert.That(Read(), Is.EquivalentTo([
            new LimitSample("7d", Some.Time, 0.5, DateTimeOffset.FromUnixTimeSeconds(1795450000)),
            new LimitSample("5h", Some.Time, 0.12, null),
            new LimitSample("5h_bengalfox", Some.Time, 0.17, DateTimeOffset.FromUnixTimeSeconds(1795450000)),
            new LimitSample("7d_bengalfox", Some.Time, 0.08, null),
        ]));
    }

    [Test]
    public void Windows_without_a_family_are_of_the_limit_that_the_call_fell_under()
    {
        Add("x-codex-active-limit", "codex_bengalfox");
        Add("x-codex-primary-used-percent", "22");
        Add("x-codex-primary-window-minutes", "300");
        Add("x-codex-bengalfox-primary-used-percent", "22");
        Add("x-codex-bengalfox-primary-window-minutes", "300");

        Assert.That(Read(), Is.EqualTo([new LimitSample("5h_bengalfox", Some.Time, 0.22, null)]));
    }

    /// <summary>The set of headers of router-for-me/CLIProxyAPI#4833 (seen there 2026-08-05).</summary>
    [Test]
    public void Place_without_a_window_is_none_and_a_reset_may_be_told_by_what_is_left()
    {
        Add("x-codex-primary-used-percent", "4");
        Add("x-codex-primary-window-minutes", "10080");
        Add("x-codex-primary-reset-after-seconds", "603723");
        Add("x-codex-primary-over-secondary-limit-percent", "0");
        Add("x-codex-secondary-used-percent", "0");
        Add("x-codex-secondary-window-minutes", "0");
        Add("x-codex-secondary-reset-after-seconds", "0");
        Add("x-codex-secondary-reset-at", "");

        Assert.That(Read(), Is.EqualTo([new LimitSample("7d", Some.Time, 0.04, Some.Time.AddSeconds(603723))]));
    }

    [TestCase("anthropic-ratelimit-unified-5h-utilization", "much")]
    [TestCase("anthropic-ratelimit-unified-5h-utilization", "NaN")]
    [TestCase("anthropic-ratelimit-unified-5h-utilization", "-1")]
    [TestCase("anthropic-ratelimit-unified-5h-utilization", "-Infinity")]
    [TestCase("anthropic-ratelimit-unified-5h-utilization", "1e300")]
    [TestCase("anthropic-ratelimit-unified--utilization", "1")]
    [TestCase("anthropic-ratelimit-unified-utilization", "1")]
    [TestCase("x-codex-used-percent", "1")]
    [TestCase("x-codex-primary-used-percent", "1")]
    [TestCase("x-codex-somewhere-used-percent", "1")]
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
        Assert.That(LimitHeaders.Latest(Read(), [new LimitSample("5h", Some.Time, 0.5, null)]).Select(sample => sample.Window), Is.EqualTo(["1", "2", "3", "4", "5", "6", "7", "5h"]));
    }

    private void Add(string name, string value) => _response.Headers.TryAddWithoutValidation(name, value);

    private IReadOnlyList<LimitSample> Read() => LimitHeaders.Read(_response.Headers, Some.Time);
}
