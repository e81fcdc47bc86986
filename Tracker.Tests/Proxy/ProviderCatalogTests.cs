using Microsoft.Extensions.Options;
using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Providers;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class ProviderCatalogTests
{
    private readonly ProxyOptions _options = new();

    [TestCase("anthropic", "https://api.anthropic.com", "Anthropic")]
    [TestCase("openai", "https://api.openai.com", "OpenAI")]
    [TestCase("gemini", "https://generativelanguage.googleapis.com", "Gemini")]
    [TestCase("openrouter", "https://openrouter.ai/api", "OpenAI")]
    [TestCase("ollama", "http://127.0.0.1:11434", "Ollama")]
    public void Known_providers_need_no_settings(string name, string baseAddress, string dialect) =>
        Assert.That(Catalog().Find(name), Is.EqualTo(new Provider { Name = name, BaseAddress = baseAddress, Dialect = Enum.Parse<Dialect>(dialect) }));

    [Test]
    public void Everyone_that_is_promised_is_built_in() => Assert.That(Catalog().Names, Is.EqualTo((string[])
    [
        "anthropic", "cerebras", "chatgpt", "cohere", "deepseek", "fireworks", "gemini", "groq", "mistral", "ollama", "openai", "openrouter", "perplexity", "together", "xai",
    ]));

    [Test]
    public void Documents_name_everyone_that_is_built_in_with_the_address()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "clients.md"));

        Assert.That(Catalog().Names.Select(name => $"`{name}` (`{Catalog().Find(name)!.BaseAddress}`"), Is.All.Matches<string>(text => page.Contains(text, StringComparison.Ordinal)));
    }

    [TestCase("v1")]
    [TestCase("api")]
    [TestCase("dashboard")]
    [TestCase("Stats")]
    [TestCase("status")]
    [TestCase("HEALTHZ")]
    [TestCase("_token")]
    public void Path_that_is_not_a_providers_cannot_become_one(string name) =>
        Assert.That(ProviderCatalog.FaultsOf(name, new ProviderOptions { BaseAddress = "http://127.0.0.1:1" }), Has.One.Contains($"'{name}' cannot be a provider's name"));

    [TestCase("nobody")]
    [TestCase("")]
    [TestCase("v1")]
    [TestCase("Anthropic")]
    public void Names_are_compared_exactly(string name) => Assert.That(Catalog().Find(name), Is.Null);

    [Test]
    public void Names_are_in_order_and_without_Azure()
    {
        var names = Catalog().Names.ToList();

        Assert.That(names, Is.Ordered.Using<string>(StringComparer.Ordinal).And.Contains("anthropic").And.Contains("groq"));
        Assert.That(names, Has.None.Contains("azure"), "its address is the customer's own");
    }

    [Test]
    public void Address_of_a_known_provider_can_be_changed_and_the_rest_stays()
    {
        _options.Providers["ANTHROPIC"] = new ProviderOptions { BaseAddress = "http://127.0.0.1:9100/gateway/" };

        var catalog = Catalog();

        Assert.That(catalog.Anthropic, Is.EqualTo(new Provider { Name = "anthropic", BaseAddress = "http://127.0.0.1:9100/gateway", Dialect = Dialect.Anthropic }));
        Assert.That(catalog.Find("anthropic"), Is.SameAs(catalog.Anthropic));
        Assert.That(catalog.Find("openai")!.BaseAddress, Is.EqualTo("https://api.openai.com"));
    }

    [TestCase("ollama", "https://ollama.com", "ollama-cloud")]
    [TestCase("ollama", "https://api.ollama.com/v1", "ollama-cloud")]
    [TestCase("ollama", "http://192.168.1.7:11434", "ollama")]
    [TestCase("ollama", "https://not-ollama.com", "ollama")]
    [TestCase("mine", "https://ollama.com", "mine")]
    public void Ollamas_cloud_is_not_recorded_as_what_runs_here_and_costs_nothing(string name, string address, string recorded)
    {
        _options.Providers[name] = new ProviderOptions { BaseAddress = address };

        Assert.That(Catalog().Find(name)!.RecordedName, Is.EqualTo(recorded));
        Assert.That(Tracker.Storage.Pricing.PriceBook.Embedded.Find(recorded, "deepseek-v4-pro") is null, Is.EqualTo(recorded != "ollama"));
    }

    [Test]
    public void Dialect_of_a_known_provider_can_be_changed_and_the_address_stays()
    {
        _options.Providers["deepseek"] = new ProviderOptions { Dialect = "Anthropic" };

        Assert.That(Catalog().Find("deepseek"), Is.EqualTo(new Provider { Name = "deepseek", BaseAddress = "https://api.deepseek.com", Dialect = Dialect.Anthropic }));
    }

    [Test]
    public void Azure_is_recorded_as_OpenAI_once_its_address_is_told()
    {
        _options.Providers["azure"] = new ProviderOptions { BaseAddress = "https://mine.openai.azure.com" };

        Assert.That(Catalog().Find("azure")!.Dialect, Is.EqualTo(Dialect.OpenAI));
        Assert.That(ProviderCatalog.FaultsOf("azure", new ProviderOptions()).Single(), Does.Contain("openai.azure.com"));
    }

    [TestCase(null, "None")]
    [TestCase("none", "None")]
    [TestCase("openai", "OpenAI")]
    [TestCase("ANTHROPIC", "Anthropic")]
    public void Provider_of_ones_own_is_not_recorded_unless_its_dialect_is_told(string? dialect, string expected)
    {
        _options.Providers["mine"] = new ProviderOptions { BaseAddress = "https://mine.openai.azure.com/openai", Dialect = dialect };

        Assert.That(Catalog().Find("mine"), Is.EqualTo(new Provider { Name = "mine", BaseAddress = "https://mine.openai.azure.com/openai", Dialect = Enum.Parse<Dialect>(expected) }));
    }

    [TestCase("v1")]
    [TestCase("api")]
    [TestCase("API")]
    [TestCase("status")]
    [TestCase("_internal")]
    [TestCase("two words")]
    [TestCase("a/b")]
    [TestCase("a?b")]
    [TestCase("a%2Fb")]
    public void Names_that_cannot_be_routes_are_named(string name) =>
        Assert.That(FaultsOf(name, "http://127.0.0.1:1", null), Has.Count.EqualTo(1).And.One.StartsWith($"Proxy:Providers:{name}: "));

    [TestCase("")]
    [TestCase("api.example.com")]
    [TestCase("/v1")]
    [TestCase("ftp://example.com")]
    [TestCase("file:///etc/passwd")]
    [TestCase("https://example.com/?key=x")]
    [TestCase("https://example.com/#there")]
    [TestCase("https://user:secret@example.com")]
    [TestCase("https://")]
    public void Addresses_that_are_none_are_named_by_their_key(string address) =>
        Assert.That(FaultsOf("mine", address, null), Has.Count.EqualTo(1).And.One.StartsWith("Proxy:Providers:mine:BaseAddress is "));

    [TestCase("https://me:s3cret@gw.example/v1", "https://…@gw.example/v1")]
    [TestCase("https://s3cret@gw.example:8443/v1/?key=s3cret&x=a@s3cret#s3cret", "https://…@gw.example:8443/v1/?…#…")]
    [TestCase("https://me:s3/cret@gw.example/v1", "…")]
    [TestCase("me:s3cret@gw.example/v1", "…")]
    [TestCase("gw.example/v1?key=s3cret", "…")]
    public void Wrong_address_is_named_without_the_secrets_in_it(string address, string shown) => Assert.That(
        FaultsOf("mine", address, null),
        Is.EqualTo(new[] { $"Proxy:Providers:mine:BaseAddress is '{shown}': it must be an http:// or https:// address without a user name, password or query string." }));

    [Test]
    public void Missing_address_of_an_unknown_provider_is_named_by_its_key()
    {
        Assert.That(FaultsOf("mine", null, "openai"), Has.Count.EqualTo(1).And.One.StartsWith("Proxy:Providers:mine:BaseAddress is missing"));
        Assert.That(FaultsOf("OpenAI", null, null), Is.Empty);
    }

    [TestCase("")]
    [TestCase("claude")]
    [TestCase("1")]
    [TestCase("-1")]
    public void Dialects_that_do_not_exist_are_named_by_their_key(string dialect) =>
        Assert.That(FaultsOf("openai", null, dialect), Has.Count.EqualTo(1).And.One.StartsWith($"Proxy:Providers:openai:Dialect is '{dialect}'"));

    // An answer of OpenAI's or Gemini's Flex tier that is not streamed is silent for so long, by their guides.
    [Test]
    public void Default_patience_is_longer_than_what_vendors_tell_clients_to_wait() => Assert.That(_options.IdleTimeout, Is.GreaterThan(TimeSpan.FromMinutes(15)));

    [Test]
    public void All_that_is_wrong_is_named_at_once()
    {
        _options.IdleTimeout = TimeSpan.FromMilliseconds(999);
        _options.ShutdownGrace = TimeSpan.FromHours(2);
        _options.Providers["v1"] = new ProviderOptions { BaseAddress = "nowhere", Dialect = "latin" };
        _options.Providers["mine"] = new ProviderOptions();

        var failures = new ProxyOptionsValidator().Validate(null, _options).Failures!.Select(failure => failure.Split(' ')[0]);

        Assert.That(failures, Is.EquivalentTo(
        [
            "Proxy:IdleTimeout", "Proxy:ShutdownGrace", "Proxy:Providers:v1:", "Proxy:Providers:v1:BaseAddress", "Proxy:Providers:v1:Dialect", "Proxy:Providers:mine:BaseAddress",
        ]));
    }

    [Test]
    public void Settings_that_are_right_are_accepted()
    {
        _options.Providers["mine"] = new ProviderOptions { BaseAddress = "https://example.com/llm/", Dialect = "anthropic" };

        Assert.That(new ProxyOptionsValidator().Validate(null, _options).Succeeded, Is.True);
    }

    private static List<string> FaultsOf(string name, string? address, string? dialect) =>
        [.. ProviderCatalog.FaultsOf(name, new ProviderOptions { BaseAddress = address, Dialect = dialect })];

    [TestCase("a.example,b.example")]
    [TestCase("http://a.example")]
    [TestCase("a.example:8082")]
    [TestCase("*")]
    [TestCase("*.example")]
    [TestCase("")]
    public void Allowed_host_is_a_name_alone(string host)
    {
        _options.AllowedHosts.AddRange(["a.example", "A-b.example", "192.168.1.2", host]);

        Assert.That(new ProxyOptionsValidator().Validate(null, _options).Failures, Has.One.StartsWith($"Proxy:AllowedHosts has '{host}': "));
    }

    private ProviderCatalog Catalog() => new(Options.Create(_options));
}
