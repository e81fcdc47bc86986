using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers;
using Tracker.Proxy.Providers.OpenAI;
using Yarp.ReverseProxy.Forwarder;

namespace Tracker.Proxy.Forwarding;

/// <summary>Forwards one request to its provider, with a capture beside it when the request runs a model.</summary>
internal sealed partial class CallForwarder(
    IHttpForwarder forwarder, UpstreamClient client, CallCaptureFactory captures, DrainAfterDisconnect drains, UnreadCalls unread, UpstreamTrouble trouble, ShutdownGrace shutdown,
    IOptions<ProxyOptions> options, ILogger<CallForwarder> logger)
{
    // '/', '?' and percent signs of the client reach the upstream as they are.
    private static readonly UriCreationOptions AsSent = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly ForwarderRequestConfig _config = new()
    {
        ActivityTimeout = options.Value.IdleTimeout, // YARP's default of 100 s cuts off models that think
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        AllowResponseBuffering = false,
    };

    // With the version above YARP would try CONNECT over HTTP/2 first (dotnet/yarp#2774): another request than the client's, whose answer looks like any stream's, and most upstreams refuse it.
    private readonly ForwarderRequestConfig _socketConfig = new()
    {
        ActivityTimeout = TimeSpan.FromDays(1), // Clients keep a socket open between turns, however long the people think. One whose handshake is not answered they give up themselves.
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        AllowResponseBuffering = false,
    };

    private volatile Address? _lastAddress;

    /// <param name="context">The client's request.</param>
    /// <param name="provider">Whom it goes to.</param>
    /// <param name="target">What is appended to the provider's base address.</param>
    public async Task ForwardAsync(HttpContext context, Provider provider, string target)
    {
        var path = target.Length == 0 || target[0] != '/' ? "/" + target : target;
        var upstream = AddressOf(provider, path);
        var pathThere = provider.BasePath + path; // A part of what tells the API may be in the base address.
        var endpoint = ModelEndpoints.Find(provider.Dialect, context.Request.Method, RequestTarget.PathOf(pathThere));
        using var capture = endpoint is null ? null : captures.Start(endpoint, RequestTarget.PathOf(pathThere), provider.RecordedName, context.Request.Headers);
        using var draining = capture is not null && provider.DrainAfterDisconnect ? drains.Watch(context, capture) : null;
        using var socket = endpoint is null ? TapSocket(context, provider, pathThere) : null;
        var isWebSocket = IsWebSocket(context);
        var brokenOff = BrokenOffAnswer.Watch(context);
        HiddenUsageStream? hidden = null;
        var keepLinesApart = SeparateHeaderLines.AreIn(context.Request.Headers);
        var hasBody = SurelyHasBody(context);
        // A client that asks whether it may send its body (Expect: 100-continue) waits for the upstream's answer to the head.
        var goWithBody = capture is not null && hasBody && !context.Request.Headers.ContainsKey(HeaderNames.Expect);
        var head = OutgoingHead.Begin(
            keepLinesApart, goWithBody, isAlone: SurelyHasNoBody(context), bodyLength: hasBody ? context.Request.ContentLength ?? long.MaxValue : 0);
        if (capture is not null)
        {
            context.Request.Body = new RequestTapStream(context.Request.Body, capture, head is null ? null : head.GoAhead);
            if (provider.AskForUsage && endpoint is OpenAIChat && await UsageQuestion.AskAsync(context) is { } answer)
            {
                context.Response.Body = hidden = answer;
            }

            context.Response.Body = new ResponseTapStream(context.Response.Body, capture);
        }

        try
        {
            var transformer = new ForwardingTransformer(upstream, head, capture, socket, hidden);
            var error = await forwarder.SendAsync(context, provider.BaseAddress, client.Invoker, isWebSocket ? _socketConfig : _config, transformer, shutdown.Over);
            // An upstream may answer before it has the whole body, of which the rest is not sent then.
            var isWhole = error == ForwarderError.None || (IsOfRequestBody(error) && context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested && brokenOff is not { IsReset: true });
            // However a socket has ended: what it was used for has passed.
            if (endpoint is null && socket is null && provider.Dialect != Dialect.None && (isWebSocket ? IsOpened(context) : isWhole && MayRunAModel(context)))
            {
                unread.OnAnswered(provider.Name, RequestTarget.PathOf(path).ToString());
            }

            if (isWhole)
            {
                OnForwarded(provider);
                await (hidden?.EndAsync(context.RequestAborted) ?? ValueTask.CompletedTask);
            }
            else
            {
                await OnFailedAsync(context, provider, error, capture, isIdle: isWebSocket && socket is not { HasOpen: true });
            }
        }
        finally
        {
            // A client that hung up before the answer began got no status.
            capture?.End(context.RequestAborted.IsCancellationRequested ? null : context.Response.StatusCode);
            socket?.End();
        }

        brokenOff?.ThrowIfReset();
    }

    private SocketCapture? TapSocket(HttpContext context, Provider provider, string path)
    {
        if (ModelEndpoints.FindSocket(provider.Dialect, context.Request.Method, RequestTarget.PathOf(path)) is not { } endpoint
            || context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
        {
            return null;
        }

        var socket = captures.StartSocket(endpoint, provider.RecordedName, context.Request.Headers);
        context.Features.Set<IHttpUpgradeFeature>(new TappedUpgrade(upgrade, socket));
        return socket;
    }

    // Over HTTP/1.1 or HTTP/2 (RFC 8441). Other upgrades are YARP's to judge.
    private static bool IsWebSocket(HttpContext context) => context.Request.Method switch
    {
        "GET" => context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } && context.Request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase),
        "CONNECT" => context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" },
        _ => false,
    };

    /// <summary>Agents ask the same address again and again, and HttpClient takes an address apart again for each new one.</summary>
    private Uri AddressOf(Provider provider, string path)
    {
        var last = _lastAddress;
        if (last is null || last.Path != path || last.Provider != provider)
        {
            _lastAddress = last = new Address(provider, path, new Uri(provider.BaseAddress + path, AsSent));
        }

        return last.Uri;
    }

    // As YARP decides whether to read one.
    private static bool SurelyHasBody(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
        && context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true }
        && context.Request.ContentLength != 0;

    private static bool SurelyHasNoBody(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
        && context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true }
        && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true };

    private static bool IsOpened(HttpContext context) =>
        context.Response.StatusCode == (HttpMethods.IsGet(context.Request.Method) ? StatusCodes.Status101SwitchingProtocols : StatusCodes.Status200OK);

    private static bool MayRunAModel(HttpContext context) =>
        HttpMethods.IsPost(context.Request.Method)
        && context.Response.StatusCode is >= 200 and < 300
        && (context.Request.HasJsonContentType() || context.Response.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true);

    private void OnForwarded(Provider provider)
    {
        if (trouble.HasEnded(provider.Name))
        {
            LogUpstreamWorks(provider.Name, provider.BaseAddress);
        }
    }

    private static bool IsOfRequestBody(ForwarderError error) =>
        error is ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient or ForwarderError.RequestBodyDestination;

    private async Task OnFailedAsync(HttpContext context, Provider provider, ForwarderError error, CallCapture? capture, bool isIdle)
    {
        var exception = context.GetForwarderErrorFeature()?.Exception;
        if (context.RequestAborted.IsCancellationRequested && !shutdown.Over.IsCancellationRequested)
        {
            LogClientHungUp(provider.Name, error);
            return;
        }

        var reason = Innermost(exception)?.Message ?? error.ToString();
        if (context.Response.HasStarted && isIdle)
        {
            LogSocketBrokeOff(provider.Name, provider.BaseAddress, reason);
            return;
        }

        var isCut = shutdown.Over.IsCancellationRequested; // By Tracker itself, which has said so (StreamsCutAtShutdown): no fault of the upstream.
        if (context.Response.HasStarted)
        {
            if (!isCut)
            {
                LogBrokeOff(provider.Name, provider.BaseAddress, reason);
            }

            return;
        }

        var status = context.Response.StatusCode;
        if (status < StatusCodes.Status500InternalServerError)
        {
            LogRequestUnreadable(provider.Name, status, reason); // The client's own fault, which tells nothing of the upstream.
        }
        else if (!isCut && trouble.HasBegun(provider.Name))
        {
            LogUpstreamFailed(provider.Name, provider.BaseAddress, status, reason);
        }

        capture?.Fail(status);
        context.Response.Headers.Clear();
        await ErrorResponse.WriteAsync(context, provider.Dialect, status, MessageFor(provider, status, reason));
    }

    private string MessageFor(Provider provider, int status, string reason) => status switch
    {
        _ when shutdown.Over.IsCancellationRequested => "Tracker is shutting down.",
        StatusCodes.Status504GatewayTimeout => $"Tracker: {provider.BaseAddress} was silent for too long (connecting {UpstreamClient.ConnectTimeout.TotalSeconds} s, answering {options.Value.IdleTimeout}).",
        >= 500 => $"Tracker: cannot reach {provider.BaseAddress}: {reason}",
        _ => $"Tracker: the request could not be read to its end: {reason}",
    };

    private static Exception? Innermost(Exception? exception)
    {
        while (exception?.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception;
    }

    [LoggerMessage(EventIds.UpstreamFailed, LogLevel.Warning, "Cannot reach {Provider} at {Upstream}: the client gets {Status} ({Reason})", EventName = nameof(EventIds.UpstreamFailed))]
    private partial void LogUpstreamFailed(string provider, string upstream, int status, string reason);

    [LoggerMessage(EventIds.RequestUnreadable, LogLevel.Debug, "A call to {Provider} could not be read to its end: the client gets {Status} ({Reason})", EventName = nameof(EventIds.RequestUnreadable))]
    private partial void LogRequestUnreadable(string provider, int status, string reason);

    [LoggerMessage(EventIds.UpstreamWorks, LogLevel.Information, "{Provider} at {Upstream} answers again", EventName = nameof(EventIds.UpstreamWorks))]
    private partial void LogUpstreamWorks(string provider, string upstream);

    [LoggerMessage(EventIds.UpstreamBrokeOff, LogLevel.Warning, "{Provider} at {Upstream} broke off in the middle of an answer: {Reason}", EventName = nameof(EventIds.UpstreamBrokeOff))]
    private partial void LogBrokeOff(string provider, string upstream, string reason);

    [LoggerMessage(EventIds.SocketBrokeOff, LogLevel.Debug, "A WebSocket to {Provider} at {Upstream} broke off; no response was under way on it: {Reason}", EventName = nameof(EventIds.SocketBrokeOff))]
    private partial void LogSocketBrokeOff(string provider, string upstream, string reason);

    [LoggerMessage(EventIds.ClientHungUp, LogLevel.Debug, "The client of a call to {Provider} hung up ({Error})", EventName = nameof(EventIds.ClientHungUp))]
    private partial void LogClientHungUp(string provider, ForwarderError error);

    private sealed record Address(Provider Provider, string Path, Uri Uri);
}
