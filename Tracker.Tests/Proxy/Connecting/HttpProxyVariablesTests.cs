using Tracker.Proxy.Connecting;

namespace Tracker.Tests.Proxy.Connecting;

public sealed class HttpProxyVariablesTests
{
    [Test]
    public void Each_variable_that_names_a_proxy_stands_in_the_way_until_NO_PROXY_names_this_machine(
        [Values("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")] string name, [Values("NO_PROXY", "no_proxy")] string exception)
    {
        var variables = new Dictionary<string, string> { [name] = "http://proxy.example:3128" };
        var before = HttpProxyVariables.Obstacle(variables.GetValueOrDefault, readsNoProxy: true, "http://127.0.0.1:8082");
        variables[exception] = "127.0.0.1";

        Assert.That(before, Does.StartWith($"{name} is set and NO_PROXY does not name 127.0.0.1"));
        Assert.That(HttpProxyVariables.Obstacle(variables.GetValueOrDefault, readsNoProxy: true, "http://127.0.0.1:8082"), Is.Null);
        Assert.That(HttpProxyVariables.Obstacle(variables.GetValueOrDefault, readsNoProxy: false, "http://127.0.0.1:8082"), Does.StartWith($"{name} is set"));
    }
}
