using System.Buffers;
using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using Tracker.Proxy.Providers;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Forwarding;

/// <summary>The upstreams by route name: the built-in ones, changed and extended by the settings.</summary>
internal sealed class ProviderCatalog
{
    /// <summary>Route names that belong to Tracker itself, and the two that always mean Anthropic.</summary>
    private static readonly FrozenSet<string> Reserved =
        FrozenSet.Create<string>(StringComparer.OrdinalIgnoreCase, ["v1", "api", OwnPages.Health, .. OwnPages.Names]);

    private static readonly SearchValues<char> NotInNames = SearchValues.Create("/?#%\\ ");

    // Known by name, but its address is the customer's own resource.
    private const string Azure = "azure";

    // Each with the place where its vendor documents the API, or the one that speaks OpenAI's; /v1 or what is in its place follows. Looked up on 2026-11-25:
    // openai, xai, perplexity, together, cohere.
    private static readonly Provider[] BuiltIn =
    [
        new() { Name = "anthropic", BaseAddress = "https://api.anthropic.com", Dialect = Dialect.Anthropic }, // platform.claude.com/docs/en/api
        new() { Name = "openai", BaseAddress = "https://api.openai.com", Dialect = Dialect.OpenAI }, // platform.openai.com/docs/api-reference
        new() { Name = "gemini", BaseAddress = "https://generativelanguage.googleapis.com", Dialect = Dialect.Gemini }, // ai.google.dev/api
        new() { Name = "chatgpt", BaseAddress = "https://chatgpt.com/backend-api/codex", Dialect = Dialect.OpenAI }, // Codex with a ChatGPT login: github.com/openai/codex
        new() { Name = "groq", BaseAddress = "https://api.groq.com/openai", Dialect = Dialect.OpenAI }, // console.groq.com/docs/openai
        new() { Name = "mistral", BaseAddress = "https://api.mistral.ai", Dialect = Dialect.OpenAI }, // docs.mistral.ai/api
        new() { Name = "deepseek", BaseAddress = "https://api.deepseek.com", Dialect = Dialect.OpenAI }, // api-docs.deepseek.com
        new() { Name = "xai", BaseAddress = "https://api.x.ai", Dialect = Dialect.OpenAI }, // docs.x.ai
        new() { Name = "perplexity", BaseAddress = "https://api.perplexity.ai", Dialect = Dialect.OpenAI }, // docs.perplexity.ai/docs/sonar/openai-compatibility
        new() { Name = "cerebras", BaseAddress = "https://api.cerebras.ai", Dialect = Dialect.OpenAI }, // inference-docs.cerebras.ai
        new() { Name = "together", BaseAddress = "https://api.together.ai", Dialect = Dialect.OpenAI }, // docs.together.ai/docs/inference/openai-compatibility
        new() { Name = "fireworks", BaseAddress = "https://api.fireworks.ai/inference", Dialect = Dialect.OpenAI }, // docs.fireworks.ai
        new() { Name = "cohere", BaseAddress = "https://api.cohere.ai", Dialect = Dialect.OpenAI }, // docs.cohere.com/docs/compatibility-api: /compatibility/v1 follows
        new() { Name = "openrouter", BaseAddress = "https://openrouter.ai/api", Dialect = Dialect.OpenAI }, // openrouter.ai/docs
        new() { Name = "ollama", BaseAddress = "http://127.0.0.1:11434", Dialect = Dialect.Ollama }, // docs.ollama.com
    ];

    private readonly FrozenDictionary<string, Provider> _providers;

    public ProviderCatalog(IOptions<ProxyOptions> options)
    {
        var providers = BuiltIn.ToDictionary(provider => provider.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, settings) in options.Value.Providers)
        {
            providers.TryGetValue(name, out var known);
            providers[name] = new Provider
            {
                Name = known?.Name ?? name,
                BaseAddress = (settings.BaseAddress ?? known!.BaseAddress).TrimEnd('/'),
                Dialect = settings.Dialect is { } dialect ? ParseDialect(dialect)!.Value : known?.Dialect ?? (IsAzure(name) ? Dialect.OpenAI : Dialect.None),
                DrainAfterDisconnect = settings.DrainAfterDisconnect,
                AskForUsage = settings.AskForUsage,
            };
        }

        // Route names are compared exactly: a path is case-sensitive.
        _providers = providers.Values.ToFrozenDictionary(provider => provider.Name, StringComparer.Ordinal);
        Anthropic = _providers["anthropic"];
    }

    /// <summary>The upstream of <c>/v1/…</c> and <c>/api/…</c>.</summary>
    public Provider Anthropic { get; }

    public IEnumerable<string> Names => _providers.Keys.Order(StringComparer.Ordinal);

    public Provider? Find(string name) => _providers.GetValueOrDefault(name);

    /// <summary>Whether the settings may add a provider of that name.</summary>
    public static bool CanBeNamed(string name) => !Reserved.Contains(name) && !name.StartsWith('_') && !name.AsSpan().ContainsAny(NotInNames);

    /// <summary>What is wrong with one entry of the settings.</summary>
    public static IEnumerable<string> FaultsOf(string name, ProviderOptions settings)
    {
        var key = $"Proxy:Providers:{name}";
        if (!CanBeNamed(name))
        {
            yield return $"{key}: '{name}' cannot be a provider's name, because the path /{name} belongs to Tracker or cannot be asked for.";
        }

        if (settings.BaseAddress is null && !Array.Exists(BuiltIn, provider => provider.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            yield return IsAzure(name)
                ? $"{key}:BaseAddress is missing: set it to your resource, https://<name>.openai.azure.com."
                : $"{key}:BaseAddress is missing: '{name}' is no built-in provider.";
        }

        if (settings.BaseAddress is { } address && !IsBaseAddress(address))
        {
            yield return $"{key}:BaseAddress is '{ShownAddress.Of(address)}': it must be an http:// or https:// address without a user name, password or query string.";
        }

        if (settings.Dialect is { } dialect && ParseDialect(dialect) is null)
        {
            yield return $"{key}:Dialect is '{dialect}': it must be anthropic, openai, gemini, ollama or none.";
        }
    }

    private static bool IsAzure(string name) => name.Equals(Azure, StringComparison.OrdinalIgnoreCase);

    private static bool IsBaseAddress(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.Query.Length == 0 && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0;

    private static Dialect? ParseDialect(string text) =>
        !int.TryParse(text, out _) && Enum.TryParse<Dialect>(text, ignoreCase: true, out var dialect) ? dialect : null;
}
