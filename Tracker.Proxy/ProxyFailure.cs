using System.Net.Sockets;
using System.Security.Cryptography;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy;

/// <summary>Why the proxy could not start: settings, storage, or the port.</summary>
internal static class ProxyFailure
{
    /// <returns>Null for a failure that is a bug and should show its stack trace.</returns>
    public static StartupFailure? Explain(Exception exception) => StartupFailure.Explain(exception) ?? exception switch
    {
        CryptographicException => new($"The certificate cannot be used: {exception.Message} Look at Kestrel:Certificates:Default.", ExitCodes.Usage),
        IOException => new(
            $"{exception.Message} Set Urls to another address, or stop what uses this one.", ExitCodes.Failed),
        SocketException => new(
            $"Cannot listen: {exception.Message}. Set Urls to an address of this machine and a port that this user may use.", ExitCodes.Failed),
        AggregateException { InnerException: { } inner } => Explain(inner),
        _ => null,
    };
}
