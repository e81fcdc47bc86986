using Tracker.Proxy.Connecting;

namespace Tracker.Tests.Proxy.Connecting;

public sealed class PiTests : IDisposable
{
    private readonly ConnectHome _home = new();
    private readonly Client _pi = ConnectHome.Client("pi");

    public void Dispose() => _home.Dispose();

    // Where Pi 1.6.0 sends a provider's calls by itself.
    [TestCase("anthropic", "https://api.anthropic.com", "http://127.0.0.1:8082")]
    [TestCase("openai", "https://api.openai.com/v1", "http://127.0.0.1:8082/openai/v1")]
    [TestCase("google", "https://generativelanguage.googleapis.com/v1beta", "http://127.0.0.1:8082/gemini/v1beta")]
    [TestCase("openrouter", "https://openrouter.ai/api/v1", "http://127.0.0.1:8082/openrouter/v1")]
    [TestCase("groq", "https://api.groq.com/openai/v1", "http://127.0.0.1:8082/groq/v1")]
    [TestCase("xai", "https://api.x.ai/v1", "http://127.0.0.1:8082/xai/v1")]
    [TestCase("deepseek", "https://api.deepseek.com", "http://127.0.0.1:8082/deepseek")]
    [TestCase("cerebras", "https://api.cerebras.ai/v1", "http://127.0.0.1:8082/cerebras/v1")]
    public void Provider_of_Pi_goes_to_the_same_place_through_here(string provider, string byItself, string address)
    {
        _home.Write(".pi/agent/auth.json", $$"""{ "{{provider}}": { "type": "api_key", "key": "secret" } }""");
        _home.Connect(_pi);
        var added = _home.Read(".pi/agent/models.json");
        _home.Disconnect(_pi);
        _home.Write(".pi/agent/models.json", $$"""{ "providers": { "{{provider}}": { "baseUrl": "{{byItself}}" } } }""");
        _home.Connect(_pi);

        Assert.That(added, Does.Contain($"\"{address}\""));
        Assert.That(_home.Read(".pi/agent/models.json"), Does.Contain($"\"{address}\""));
    }

    [Test]
    public void Login_of_Pi_that_asks_OpenAI_itself_is_told_and_its_other_provider_connected()
    {
        _home.Write(".pi/agent/auth.json", """{ "openai": { "type": "oauth", "access": "secret" }, "anthropic": { "type": "oauth", "access": "secret" } }""");

        var change = _home.Connect(_pi);

        Assert.That(change.After, Does.Contain("\"anthropic\"").And.Not.Contain("openai"));
        Assert.That(_home.Connections().Look(_pi).Notes, Has.One.Contains("openai: left as it is"));
    }
}
