using Microsoft.AspNetCore.Http.Features;
using Tracker.Proxy.Access;
using Tracker.Proxy.Providers;

namespace Tracker.Proxy.Forwarding;

/// <summary>Decides by the target's first segment who answers a request: an upstream, or one of Tracker's own pages.</summary>
internal sealed class ForwardingMiddleware(RequestDelegate ownPages, OwnPagesGuard guard, ProviderCatalog providers, CallForwarder forwarder)
{
    public Task InvokeAsync(HttpContext context)
    {
        // As the client sent it: Path is decoded and normalised.
        var target = RequestTarget.Parse(context.Features.Get<IHttpRequestFeature>()!.RawTarget);
        switch (target.FirstSegment)
        {
            case "v1" when IsOpenAIPath(target):
                return ErrorResponse.WriteAsync(context, Dialect.OpenAI, StatusCodes.Status404NotFound,
                    $"Tracker serves OpenAI's API under /openai: set the base URL to {context.Request.Scheme}://{context.Request.Host}/openai/v1 . Nothing was forwarded.");
            case "v1" or "api":
                return ForwardAsync(context, providers.Anthropic, target.Full);
            case var name when OwnPages.Has(name):
                if (!IsSameInPath(context.Request.Path, name))
                {
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                    return Task.CompletedTask;
                }

                return guard.Admits(context) ? ownPages(context) : RefuseHostAsync(context);
            case var name when providers.Find(name) is { } provider:
                return ForwardAsync(context, provider, target.Rest);
            case "bedrock" or "vertex":
                return ErrorResponse.WriteAsync(context, Dialect.Anthropic, StatusCodes.Status404NotFound,
                    "Tracker does not forward to Amazon Bedrock or Google Vertex: their calls are signed or routed for their own host. Point the client at them directly; "
                    + "tracker-importer reads what it logs. Nothing was forwarded.");
            default:
                return RefuseAsync(context, target.FirstSegment);
        }
    }

    /// <summary>Who may see a page was decided by the target as it was sent, and Path says which page it is: <c>/stats/../status</c> would be one for the first and another for the second.</summary>
    private static bool IsSameInPath(PathString path, string firstSegment) => RequestTarget.Parse(path.Value!).FirstSegment == firstSegment;

    // What OpenAI has and Anthropic has not (their API references, seen 2026-11): forwarded to Anthropic, it would carry a key to the wrong vendor.
    private static bool IsOpenAIPath(in RequestTarget target)
    {
        var rest = target.Path["/v1".Length..];
        var segment = rest.IsEmpty ? rest : rest[1..];
        var end = segment.IndexOf('/');
        return (end < 0 ? segment : segment[..end]) is
            "responses" or "chat" or "completions" or "embeddings" or "images" or "audio" or "moderations" or "conversations" or "vector_stores" or "realtime" or "assistants" or "threads"
            or "fine_tuning" or "uploads" or "containers" or "videos" or "evals" or "batches";
    }

    /// <summary>
    /// What listens on this machine alone may have nothing but the Host header to keep web sites away, as Ollama has (DNS rebinding, GHSA-5jx5-hqx5-2vrj), and would see ours. Who shows the
    /// access token is no web site.
    /// </summary>
    private Task ForwardAsync(HttpContext context, Provider provider, string target) =>
        provider.IsOnThisMachine && !guard.AdmitsToUpstream(context.Request) && context.Features.Get<AccessToken>() is null
            ? ErrorResponse.WriteAsync(context, provider.Dialect, StatusCodes.Status421MisdirectedRequest, $"{NotOurName(context)} Nothing was forwarded.")
            : forwarder.ForwardAsync(context, provider, target);

    private static Task RefuseHostAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return context.Response.WriteAsync(NotOurName(context) + "\n", context.RequestAborted);
    }

    private static string NotOurName(HttpContext context) =>
        $"Tracker does not answer to the name '{context.Request.Host.Host}'. Ask for localhost or the address, or add the name to Proxy:AllowedHosts.";

    private Task RefuseAsync(HttpContext context, string name)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        var advice = ProviderCatalog.CanBeNamed(name) ? $" Set Proxy:Providers:{name}:BaseAddress to add it."
            : OwnPages.Has(name.ToLowerInvariant()) ? $" Tracker's own page is /{name.ToLowerInvariant()}, in small letters."
            : ""; // No setting could add it.
        var error = new AnthropicErrorDetail("not_found_error", $"Tracker knows no provider '{name}'.{advice}");
        return context.Response.WriteAsJsonAsync(new UnknownProvider(error, providers.Names), ErrorJson.Readable.UnknownProvider, contentType: null, context.RequestAborted);
    }
}
