using Serilog.Events;
using Serilog.Parsing;
using Tracker.Proxy;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class ToldEventsTests
{
    // Kestrel's words (dotnet/aspnetcore, release 10.0), seen when a client hung up with a part of its upload unread.
    [TestCase("Connection processing ended abnormally.", "Reading is already in progress.", true)]
    [TestCase("Connection processing ended abnormally.", "Another fault.", false)]
    [TestCase("Another event.", "Reading is already in progress.", false)]
    public void Only_a_read_under_way_at_the_end_of_a_connection_is_told_already(string text, string message, bool isTold)
    {
        Assert.That(ToldEvents.Include(Event(text, new InvalidOperationException(message))), Is.EqualTo(isTold));
        Assert.That(ToldEvents.Include(Event(text, new IOException(message))), Is.False);
        Assert.That(ToldEvents.Include(Event(text, exception: null)), Is.False);
    }

    private static LogEvent Event(string text, Exception? exception) => new(Some.Time, LogEventLevel.Warning, exception, new MessageTemplateParser().Parse(text), []);
}
