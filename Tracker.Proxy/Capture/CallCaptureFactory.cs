using Microsoft.Extensions.Options;
using Tracker.Proxy.Providers;
using Tracker.Proxy.Recording;

namespace Tracker.Proxy.Capture;

/// <summary>Starts captures and holds what they share.</summary>
internal sealed class CallCaptureFactory(UsageQueue queue, TimeProvider time, IOptions<PrivacyOptions> privacy, ILogger<CallCapture> logger)
{
    private long _open;

    /// <summary>Calls that have begun and not ended.</summary>
    public long Open => Interlocked.Read(ref _open);

    public UsageQueue Queue { get; } = queue;

    public TimeProvider Time { get; } = time;

    public ILogger Logger { get; } = logger;

    /// <summary>Characters kept of the last user message; 0 unless the user asked for them.</summary>
    public int PreviewLength { get; } = privacy.Value.StorePromptPreview ? PrivacyOptions.PreviewLength : 0;

    /// <summary>Begins to watch a call; its time starts now.</summary>
    public CallCapture Start(IModelEndpoint endpoint, ReadOnlySpan<char> path, string provider, IHeaderDictionary headers) =>
        new(this, endpoint, path, provider, CallHeaders.From(headers));

    /// <summary>Begins to watch a WebSocket on which the model is asked.</summary>
    public SocketCapture StartSocket(IModelEndpoint endpoint, string provider, IHeaderDictionary headers) => new(this, endpoint, provider, CallHeaders.From(headers));

    /// <summary>A capture was made.</summary>
    public void OnBegun() => Interlocked.Increment(ref _open);

    /// <summary>A capture was disposed.</summary>
    public void OnEnded() => Interlocked.Decrement(ref _open);
}
