using System.Text.RegularExpressions;

namespace Tracker.Proxy.Connecting.Editing;

/// <summary>Settings as <c>NAME=value</c>, as a <c>.env</c> file has them; of a name that is there twice the last counts.</summary>
internal sealed partial class EnvFileSettings : ISettingsFormat
{
    public static EnvFileSettings Instance { get; } = new();

    public string Name => "env";

    public FoundSetting? Find(string text, SettingKey key)
    {
        if (LineOf(text, key) is not { } line)
        {
            return null;
        }

        var literal = line.Groups["value"].Value;
        var quoted = literal.Length > 1 && literal[0] is '"' or '\'' or '`' && literal[^1] == literal[0];
        return new FoundSetting(literal, quoted ? literal[1..^1] : literal, Lines.NumberOf(text, line.Index));
    }

    public string Quote(string value) => value;

    public TextEdit Write(string text, SettingKey key, string literal)
    {
        if (LineOf(text, key) is { } line)
        {
            var (name, value) = (line.Groups["name"].Value, line.Groups["value"].Value);
            return new TextEdit(line.Index, name + value, name + literal);
        }

        var lineEnd = Lines.EndOf(text);
        return text.Length == 0 || text[^1] == '\n'
            ? new TextEdit(text.Length, "", $"{key.Name}={literal}{lineEnd}")
            : new TextEdit(text.Length, "", $"{lineEnd}{key.Name}={literal}");
    }

    public TextEdit? Remove(string text, SettingKey key)
    {
        if (LineOf(text, key) is not { } line)
        {
            return null;
        }

        var (start, end) = (line.Index, text.IndexOf('\n', line.Index) + 1);
        if (end == 0)
        {
            (start, end) = (start == 0 ? 0 : start > 1 && text[start - 2] == '\r' ? start - 2 : start - 1, text.Length); // The last line takes the line end before it along.
        }

        return new TextEdit(start, text[start..end], "");
    }

    public bool IsEmpty(string text, SettingKey key) => key.Parts.Count == 0 && string.IsNullOrWhiteSpace(text);

    private static Match? LineOf(string text, SettingKey key) => Setting().Matches(text).LastOrDefault(match => match.Groups["key"].Value == key.Name);

    [GeneratedRegex("""^(?<name>[ \t]*(?:export[ \t]+)?(?<key>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*)(?<value>"[^"\r\n]*"|'[^'\r\n]*'|`[^`\r\n]*`|[^#\r\n]*?)(?=[ \t]*(?:#|\r?$))""", RegexOptions.Multiline)]
    private static partial Regex Setting();
}
