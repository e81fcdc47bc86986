using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers;

/// <summary>One kind of request that makes a row, because it runs a model or shows what one has done.</summary>
internal interface IModelEndpoint
{
    /// <summary>Whether it runs no model itself and answers with what an earlier request has run: that one's row is completed, at that one's time.</summary>
    bool ShowsEarlierCall => false;

    /// <param name="path">The request's path, for the APIs that have the model in it.</param>
    /// <param name="previewLength">Characters to keep of the last user message; 0: none.</param>
    IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength);

    IUsageReader CreateUsageReader(BodyFormat format);
}
