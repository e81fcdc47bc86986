using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Tracker.Proxy.Listening;

/// <summary>
/// Lets no request fail because the proxy is restarted, where its port stays open meanwhile (<see cref="PassedSockets"/>): each HTTP/1.1 connection is told to end by the answer to
/// its next request. HTTP/2 has its own word for that, and Kestrel says it.
/// </summary>
internal static class LastingConnections
{
    public static void Use(ListenOptions endpoint) => endpoint.Use(next => async connection =>
    {
        if (connection.Features.Get<IConnectionLifetimeNotificationFeature>() is not { } server)
        {
            await next(connection);
            return;
        }

        using var lasting = new LastingConnection(server, TimeProvider.System);
        connection.Features.Set<IConnectionLifetimeNotificationFeature>(lasting);
        await next(connection);
        connection.Features.Set(server);
    });

    public static void UseLastingConnections(this WebApplication application)
    {
        var stopping = application.Lifetime.ApplicationStopping;
        application.Use(next => context =>
            HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<IConnectionLifetimeNotificationFeature>() is LastingConnection connection
                ? AnswerAsync(context, next, connection, stopping)
                : next(context));
    }

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next, LastingConnection connection, CancellationToken stopping)
    {
        connection.BeginRequest();
        try
        {
            // When the head is written, not before: the proxy may be told to stop while the upstream thinks.
            context.Response.OnStarting(SayLast, (context, stopping));
            await next(context);
        }
        finally
        {
            connection.EndRequest();
        }
    }

    private static Task SayLast(object state)
    {
        var (context, stopping) = ((HttpContext, CancellationToken))state;
        if (stopping.IsCancellationRequested && context.Response.StatusCode != StatusCodes.Status101SwitchingProtocols)
        {
            context.Response.Headers.Connection = "close";
        }

        return Task.CompletedTask;
    }
}
