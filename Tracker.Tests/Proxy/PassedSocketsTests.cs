using Tracker.Proxy.Listening;

namespace Tracker.Tests.Proxy;

public sealed class PassedSocketsTests
{
    [TestCase("7", "1", new[] { 3 })]
    [TestCase("7", "2", new[] { 3, 4 })]
    [TestCase("8", "1", new int[0], TestName = "Meant for another process")]
    [TestCase(null, "1", new int[0], TestName = "No process named")]
    [TestCase("7", null, new int[0], TestName = "No count")]
    [TestCase("7", "-1", new int[0], TestName = "Nonsense count")]
    public void Descriptors_are_those_that_are_meant_for_this_process(string? processId, string? count, int[] descriptors) =>
        Assert.That(PassedSockets.Find(processId, count, ownId: 7), Is.EqualTo(descriptors));

    [Test]
    public void Passed_sockets_win_over_the_setting()
    {
        var addresses = ListenAddresses.Read("http://127.0.0.1:1", ["127.0.0.1:8082", "[::1]:8082"]);

        Assert.That(addresses.All, Is.EqualTo(new[] { "http://127.0.0.1:8082", "http://[::1]:8082" }));
        Assert.That(addresses.IgnoredSetting, Is.EqualTo("http://127.0.0.1:1"));
    }

    [TestCase(null)]
    [TestCase("http://127.0.0.1:8082")]
    [TestCase("http://localhost:8082/")]
    public void Setting_that_says_the_same_is_not_ignored(string? setting) =>
        Assert.That(ListenAddresses.Read(setting, ["127.0.0.1:8082"]).IgnoredSetting, Is.Null);

    [Test]
    public void Without_sockets_the_setting_counts() =>
        Assert.That(ListenAddresses.Read("http://127.0.0.1:1; http://[::1]:1", []).All, Is.EqualTo(new[] { "http://127.0.0.1:1", "http://[::1]:1" }));
}
