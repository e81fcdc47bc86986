namespace Tracker.Storage.Usage;

/// <summary>How a call was authenticated, as far as the wire tells. The credential itself is never kept.</summary>
public enum AuthMode
{
    ApiKey,
    Subscription,
}
