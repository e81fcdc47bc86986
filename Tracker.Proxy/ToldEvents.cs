using Serilog.Events;
using Tracker.Proxy.Forwarding;

namespace Tracker.Proxy;

/// <summary>Errors of the frameworks that are none, or that the proxy tells of itself.</summary>
internal static class ToldEvents
{
    // Kestrel's, of a call whose upstream has answered before the upload was over: the rest is then read by nobody, and the client has its answer.
    private const string UploadNotRead = "RequestBodyDrainBodyReaderInvalidState";

    public static bool Include(LogEvent entry) =>
        entry.Exception is BrokenOffException
        || (entry.Exception is not null && entry.Properties.GetValueOrDefault("EventId") is StructureValue id && id.Properties.Any(part => part is { Name: "Name", Value: ScalarValue { Value: UploadNotRead } }));
}
