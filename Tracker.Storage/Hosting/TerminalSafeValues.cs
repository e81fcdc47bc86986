using Serilog.Core;
using Serilog.Events;

namespace Tracker.Storage.Hosting;

/// <summary>For events that are shown as text: their values as <see cref="TerminalText.OfValue"/>. The file keeps them as they are.</summary>
internal sealed class TerminalSafeValues : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        foreach (var (name, value) in logEvent.Properties.ToList())
        {
            if (value is ScalarValue { Value: string text } && TerminalText.OfValue(text) is var shown && shown != text)
            {
                logEvent.AddOrUpdateProperty(new LogEventProperty(name, new ScalarValue(shown)));
            }
        }
    }
}
