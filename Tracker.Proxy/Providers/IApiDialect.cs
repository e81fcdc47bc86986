using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers;

/// <summary>How one API speaks of usage.</summary>
internal interface IApiDialect
{
    /// <summary>Whether the request runs a model, and so makes a row.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">The path below the provider's base address, without the query string.</param>
    bool RunsModel(string method, ReadOnlySpan<char> path);

    IRequestReader CreateRequestReader(int previewLength);

    IUsageReader CreateUsageReader(bool isEventStream);
}
