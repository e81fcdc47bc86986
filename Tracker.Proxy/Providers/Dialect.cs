namespace Tracker.Proxy.Providers;

/// <summary>The API a provider speaks; the values of <c>Proxy:Providers:&lt;name&gt;:Dialect</c>.</summary>
public enum Dialect
{
    /// <summary>Forwarded, never recorded.</summary>
    None,
    Anthropic,
    OpenAI,
    Gemini,
    Ollama,
}
