using Microsoft.AspNetCore.Http.Features;
using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Forwarding;

/// <summary>An upgrade of the client's connection whose bytes a capture is shown.</summary>
internal sealed class TappedUpgrade(IHttpUpgradeFeature inner, SocketCapture capture) : IHttpUpgradeFeature
{
    public bool IsUpgradableRequest => inner.IsUpgradableRequest;

    public async Task<Stream> UpgradeAsync() => new SocketTapStream(await inner.UpgradeAsync(), capture);
}
