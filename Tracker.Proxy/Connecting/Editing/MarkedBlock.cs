namespace Tracker.Proxy.Connecting.Editing;

/// <summary>
/// Lines of Tracker's own between two marks, at the end of a file of any kind that knows comments with <c>#</c>: shell profiles, <c>.env</c>. All of them are one setting,
/// <see cref="Key"/>.
/// </summary>
internal sealed class MarkedBlock : ISettingsFormat
{
    /// <summary>How the first line begins; what follows is for people.</summary>
    public const string FirstBegins = "# >>> tracker >>>";

    /// <summary>The one setting there is.</summary>
    public static readonly SettingKey Key = new("tracker");

    /// <summary>The lines around it.</summary>
    public static readonly IReadOnlyList<string> Marks = [First, Last];

    private const string First = "# >>> tracker >>> taken away by: tracker-proxy disconnect";
    private const string Last = "# <<< tracker <<<";

    public static MarkedBlock Instance { get; } = new();

    public string Name => "block";

    public FoundSetting? Find(string text, SettingKey key) => Locate(text) is { } block ? new FoundSetting(block.Body, block.Body, block.Line) : null;

    public string Quote(string value) => value;

    public TextEdit Write(string text, SettingKey key, string literal)
    {
        var lineEnd = Lines.EndOf(text);
        var body = literal.ReplaceLineEndings(lineEnd);
        if (Locate(text) is { } block)
        {
            return new TextEdit(block.BodyStart, block.RawBody, body + lineEnd);
        }

        var begin = text.Length == 0 || text[^1] == '\n' ? "" : lineEnd;
        return new TextEdit(text.Length, "", $"{begin}{First}{lineEnd}{body}{lineEnd}{Last}{lineEnd}");
    }

    public TextEdit? Remove(string text, SettingKey key) => Locate(text) is { } block ? new TextEdit(block.Start, text[block.Start..block.End], "") : null;

    public bool IsEmpty(string text, SettingKey key) => key.Parts.Count == 0 && string.IsNullOrWhiteSpace(text);

    private static Place? Locate(string text)
    {
        if (LineOf(text, FirstBegins, 0) is not { } start)
        {
            return null;
        }

        var line = Lines.NumberOf(text, start);
        var bodyStart = NextLine(text, start);
        if (LineOf(text, Last, bodyStart) is not { } bodyEnd || LineOf(text, FirstBegins, bodyStart) is not null)
        {
            throw new MalformedSettingsException(line, $"what begins here with '{FirstBegins}' has no single end '{Last}'");
        }

        var raw = text[bodyStart..bodyEnd];
        return new Place(start, bodyStart, NextLine(text, bodyEnd), raw, raw.ReplaceLineEndings("\n").TrimEnd('\n'), line);
    }

    private static int? LineOf(string text, string begins, int from)
    {
        for (var start = from; start < text.Length; start = NextLine(text, start))
        {
            if (text.AsSpan(start).StartsWith(begins, StringComparison.Ordinal))
            {
                return start;
            }
        }

        return null;
    }

    private static int NextLine(string text, int position) => text.IndexOf('\n', position) is var end and >= 0 ? end + 1 : text.Length;

    private sealed record Place(int Start, int BodyStart, int End, string RawBody, string Body, int Line);
}
