using Tracker.Proxy.Providers.Anthropic;

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

internal static class Dialects
{
    private static readonly AnthropicDialect Anthropic = new();

    /// <summary>The readers of a dialect; null where calls are forwarded without being recorded (only Anthropic's are read so far).</summary>
    public static IApiDialect? ReaderOf(Dialect dialect) => dialect == Dialect.Anthropic ? Anthropic : null;
}
