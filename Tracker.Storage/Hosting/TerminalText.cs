namespace Tracker.Storage.Hosting;

/// <summary>Text for people. Names in it come from the network and from folders, and may hold what a terminal would obey: a control character is shown as <c>?</c>.</summary>
public static class TerminalText
{
    /// <summary>A single value, which has no lines.</summary>
    public static string OfValue(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Any(char.IsControl) ? string.Concat(text.Select(character => char.IsControl(character) ? '?' : character)) : text;
    }

    /// <summary>A text whose lines and tabs are its own.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Any(char.IsControl) ? string.Concat(text.Select((character, at) => IsObeyed(text, at) ? '?' : character)) : text;
    }

    // A carriage return alone leads back to the line's beginning.
    private static bool IsObeyed(string text, int at) =>
        char.IsControl(text[at]) && text[at] is not ('\n' or '\t') && !(text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n');
}
