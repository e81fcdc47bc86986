namespace Tracker.Proxy.Connecting.Editing;

/// <summary>What all formats need to know of a text's lines.</summary>
internal static class Lines
{
    /// <summary>The line end that the text uses; that of Unix for a text without any.</summary>
    public static string EndOf(string text)
    {
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
    }

    /// <summary>The number of the line that a position is in, from 1.</summary>
    public static int NumberOf(string text, int position) => 1 + text.AsSpan(0, position).Count('\n');

    /// <summary>Where the line of a position begins.</summary>
    public static int StartOf(string text, int position) => position == 0 ? 0 : text.LastIndexOf('\n', position - 1) + 1;

    /// <summary>The blanks that the line of a position begins with.</summary>
    public static string IndentOf(string text, int position)
    {
        var start = StartOf(text, position);
        var end = start;
        while (end < position && text[end] is ' ' or '\t')
        {
            end++;
        }

        return text[start..end];
    }
}
