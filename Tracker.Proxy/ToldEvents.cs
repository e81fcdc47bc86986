using Serilog.Events;
using Tracker.Proxy.Forwarding;

namespace Tracker.Proxy;

/// <summary>Errors of the frameworks that are none, or that the proxy tells of itself.</summary>
internal static class ToldEvents
{
    // Kestrel's, of a call whose upstream has answered before the upload was over: the rest is then read by nobody, and the client has its answer.
    private const string UploadNotRead = "RequestBodyDrainBodyReaderInvalidState";

    // Kestrel's too, of a client that hung up with a part of its upload unread: Kestrel's loop meets a read that is still under way. (Its event has no name, and others of it are to be seen.)
    private const string LoopEnded = "Connection processing ended abnormally.";
    private const string ReadUnderWay = "Reading is already in progress.";

    public static bool Include(LogEvent entry) => entry.Exception switch
    {
        null => false,
        BrokenOffException => true,
        InvalidOperationException { Message: ReadUnderWay } when entry.MessageTemplate.Text == LoopEnded => true,
        _ => entry.Properties.GetValueOrDefault("EventId") is StructureValue id && id.Properties.Any(part => part is { Name: "Name", Value: ScalarValue { Value: UploadNotRead } }),
    };
}
