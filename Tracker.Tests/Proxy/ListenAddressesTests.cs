using Tracker.Proxy.Listening;
using Tracker.Storage.Hosting;

namespace Tracker.Tests.Proxy;

public sealed class ListenAddressesTests
{
    [TestCase("http://127.0.0.1:65535")]
    [TestCase("http://127.0.0.1:0")]
    [TestCase("http://[::]:8082/")]
    [TestCase("https://[fe80::1%1]:8082")]
    [TestCase("http://localhost:8082")]
    [TestCase("http://LOCALHOST")]
    [TestCase("http://*:8082")]
    [TestCase("http://+:0")]
    [TestCase("http://my_box.example:8082")]
    [TestCase("http://unix:/run/tracker.sock")]
    public void Address_that_can_be_listened_on_is_taken(string address) => Assert.That(ListenAddresses.Read(address, []).All, Is.EqualTo(new[] { address }));

    [TestCase("http://127.0.0.1:65536")]
    [TestCase("http://[::1]:99999")]
    [TestCase("http://*:99999")]
    [TestCase("http://127.0.0.1:-1")]
    [TestCase("http://+:-1")]
    [TestCase("http://127.0.0.1:port", Description = "Kestrel would listen everywhere, on 80")]
    [TestCase("http://user@127.0.0.1:8082", Description = "Kestrel would listen everywhere")]
    [TestCase("http://127.0.0.1:8082?x=1")]
    [TestCase("http://127.0.0.1:8082#x")]
    [TestCase("http://::1:8082")]
    [TestCase("http://localhost:0")]
    [TestCase("http://pipe:/tracker")]
    [TestCase("http://127.0.0.1:8082/x")]
    [TestCase("ftp://127.0.0.1:8082")]
    [TestCase("http://")]
    [TestCase("127.0.0.1:8082")]
    public void Address_that_cannot_be_listened_on_is_named(string address) =>
        Assert.That(() => ListenAddresses.Read($"http://127.0.0.1:8082;{address}", []), Throws.TypeOf<SettingsException>().With.Message.StartsWith($"Urls is '{address}': "));
}
