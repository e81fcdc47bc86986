using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers;

/// <summary>One kind of request that runs a model, and so makes a row.</summary>
internal interface IModelEndpoint
{
    /// <param name="path">The request's path, for the APIs that have the model in it.</param>
    /// <param name="previewLength">Characters to keep of the last user message; 0: none.</param>
    IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength);

    IUsageReader CreateUsageReader(BodyFormat format);
}
