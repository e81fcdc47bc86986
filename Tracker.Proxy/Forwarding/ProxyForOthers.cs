using System.Net;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// The proxy that the environment or the system names, for every host but this machine, which no proxy elsewhere can reach (Ollama is here, say). .NET asks it for that too, unless NO_PROXY
/// says otherwise, and does not understand the NO_PROXY=127.0.0.0/8 that many set (dotnet/runtime#131293, seen 2026-11). Go never asks one for a loopback address.
/// </summary>
internal sealed class ProxyForOthers(IWebProxy proxy) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => proxy.Credentials;
        set => proxy.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => proxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || proxy.IsBypassed(host);
}
