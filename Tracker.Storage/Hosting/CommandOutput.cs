using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Tracker.Storage.Hosting;

/// <summary>What a command leaves on standard output: text for people, or one JSON document.</summary>
public static class CommandOutput
{
    /// <param name="result">What came out.</param>
    /// <param name="asJson">Whether it is for a program.</param>
    /// <param name="json">How it is serialized; asked for only then, because what it needs takes long to start.</param>
    /// <param name="text">What people read.</param>
    public static void Show<T>(T result, bool asJson, Func<JsonTypeInfo<T>> json, Func<T, string> text)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(text);
        Console.Out.Write(asJson ? JsonSerializer.Serialize(result, json()) + Environment.NewLine : TerminalText.Of(text(result)));
    }
}
