using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Tracker.Proxy.Listening;

/// <summary>
/// HTTP/2 without TLS on the port that also speaks HTTP/1.1 (docs/adr/0011-websockets-and-http2.md). Kestrel 10 chooses by what TLS has negotiated and takes every
/// connection without TLS for HTTP/1.1. This looks at the first bytes: a client that begins with the preface of HTTP/2 (RFC 9113, 3.4) is said to have negotiated it.
/// </summary>
internal static class Http2PriorKnowledge
{
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <remarks>The client says http where Kestrel, who takes it for TLS, expects https: <see cref="KestrelServerOptions.AllowAlternateSchemes"/> must be set.</remarks>
    public static void Use(ListenOptions endpoint)
    {
        var patience = endpoint.KestrelServerOptions.Limits.KeepAliveTimeout;
        endpoint.Use(next => connection => OnConnectedAsync(connection, next, patience));
    }

    private static Task OnConnectedAsync(ConnectionContext connection, ConnectionDelegate next, TimeSpan patience)
    {
        var input = connection.Transport.Input;
        ReadResult result;
        try
        {
            if (!input.TryRead(out result))
            {
                return WaitAsync(connection, next, patience);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            return next(connection); // Reset already, as by a check whether the port is open. Kestrel reads the same and does what is to be done.
        }

        if (NeedsMore(result.Buffer))
        {
            input.AdvanceTo(result.Buffer.Start);
            return WaitAsync(connection, next, patience);
        }

        // The first request was there with the connection, as it often is on loopback.
        Choose(connection, result.Buffer);
        input.AdvanceTo(result.Buffer.Start);
        return next(connection);
    }

    private static async Task WaitAsync(ConnectionContext connection, ConnectionDelegate next, TimeSpan patience)
    {
        // A client that sends nothing is given to Kestrel in the end, who has his own limits. So is every one when the server stops.
        var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(closing, connection.ConnectionClosed);
        over.CancelAfter(patience);
        var input = connection.Transport.Input;
        try
        {
            var result = await input.ReadAsync(over.Token);
            var seen = result.Buffer.Start;
            while (NeedsMore(result.Buffer) && !result.IsCompleted)
            {
                seen = result.Buffer.End;
                input.AdvanceTo(result.Buffer.Start, seen);
                result = await input.ReadAsync(over.Token);
            }

            Choose(connection, result.Buffer);
            input.AdvanceTo(result.Buffer.Start, seen);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // Kestrel reads the same and does what is to be done.
        }

        await next(connection);
    }

    private static bool NeedsMore(in ReadOnlySequence<byte> bytes) => bytes.Length < Preface.Length && StartsLikePreface(bytes);

    private static bool StartsLikePreface(in ReadOnlySequence<byte> bytes)
    {
        var rest = Preface;
        foreach (var segment in bytes)
        {
            var compared = Math.Min(rest.Length, segment.Length);
            if (!segment.Span[..compared].SequenceEqual(rest[..compared]))
            {
                return false;
            }

            rest = rest[compared..];
        }

        return true;
    }

    // Nothing is consumed by any of this: Kestrel sees the connection from its beginning.
    private static void Choose(ConnectionContext connection, in ReadOnlySequence<byte> bytes)
    {
        if (bytes.Length >= Preface.Length && StartsLikePreface(bytes))
        {
            connection.Features.Set<ITlsConnectionFeature>(Negotiated.Http2);
            connection.Features.Set<ITlsApplicationProtocolFeature>(Negotiated.Http2);
        }
    }

    private sealed class Negotiated : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        public static readonly Negotiated Http2 = new();

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

        // There is no certificate, and none to set.
        public X509Certificate2? ClientCertificate
        {
            get => null;
            set => throw new NotSupportedException("The connection is not encrypted.");
        }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);
    }
}
