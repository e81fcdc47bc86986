namespace Tracker.Proxy.Forwarding;

/// <summary>One entry of <c>Proxy:Providers</c>.</summary>
public sealed class ProviderOptions
{
    /// <summary>The upstream's <c>http://</c> or <c>https://</c> address, a path included if it has one. Null: the built-in one.</summary>
    public string? BaseAddress { get; set; }

    /// <summary><c>anthropic</c>, <c>openai</c>, <c>gemini</c>, <c>ollama</c> or <c>none</c>. Null: the built-in one, else <c>none</c>.</summary>
    public string? Dialect { get; set; }

    /// <summary>
    /// Whether an answer is read on after its client has hung up, to learn its final usage: for a minute and 16 MB at most, four at once. It can cost
    /// money, because the model goes on working where it would have been stopped. Default false.
    /// </summary>
    public bool DrainAfterDisconnect { get; set; }

    /// <summary>
    /// Whether streamed chat completions that do not ask for their usage are made to: <c>stream_options.include_usage</c> is added for the upstream, and what
    /// that adds to the answer is kept from the client. The one setting that changes a request. Only for a vendor that knows the option; others may refuse
    /// the request. Default false.
    /// </summary>
    public bool AskForUsage { get; set; }
}
