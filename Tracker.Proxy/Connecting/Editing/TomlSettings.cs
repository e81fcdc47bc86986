using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Tracker.Proxy.Connecting.Editing;

/// <summary>Settings in TOML. A new one goes behind the last that is in no table, on a line of its own.</summary>
internal sealed class TomlSettings : ISettingsFormat
{
    public static TomlSettings Instance { get; } = new();

    public string Name => "toml";

    public FoundSetting? Find(string text, SettingKey key) => Settings(Parse(text)).LastOrDefault(setting => setting.Key.Equals(key)).Item is { Value: { } value } found
        ? new FoundSetting(TextOf(text, value), (value as StringValueSyntax)?.Value, Lines.NumberOf(text, found.Span.Start.Offset))
        : null;

    // Addresses hold nothing that a basic string escapes but these.
    public string Quote(string value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    public TextEdit Write(string text, SettingKey key, string literal)
    {
        var document = Parse(text);
        if (Settings(document).LastOrDefault(setting => setting.Key.Equals(key)).Item is { Value: { } value } found)
        {
            var name = text[found.Span.Start.Offset..value.Span.Start.Offset];
            return new TextEdit(found.Span.Start.Offset, name + TextOf(text, value), name + literal);
        }

        if (key.Parts.Count > 1)
        {
            throw new ArgumentException($"{key} is not there; only settings outside of tables are added.", nameof(key));
        }

        var lineEnd = Lines.EndOf(text);
        var line = $"{key.Name} = {literal}";
        if (document.KeyValues.ChildrenCount == 0)
        {
            return new TextEdit(0, "", line + lineEnd);
        }

        var end = EndOf(text, document.KeyValues.GetChild(document.KeyValues.ChildrenCount - 1)!);
        return text[end - 1] == '\n' ? new TextEdit(end, "", line + lineEnd) : new TextEdit(end, "", lineEnd + line);
    }

    public TextEdit? Remove(string text, SettingKey key)
    {
        if (Settings(Parse(text)).LastOrDefault(setting => setting.Key.Equals(key)).Item is not { } found)
        {
            return null;
        }

        var (start, end) = (Lines.StartOf(text, found.Span.Start.Offset), EndOf(text, found));
        if (end == text.Length && start > 0 && text[end - 1] != '\n')
        {
            start -= start > 1 && text[start - 2] == '\r' ? 2 : 1; // The last line takes the line end before it along.
        }

        return new TextEdit(start, text[start..end], "");
    }

    public bool IsEmpty(string text, SettingKey key) => key.Parts.Count == 0 && string.IsNullOrWhiteSpace(text);

    private static string TextOf(string text, ValueSyntax value) => text.Substring(value.Span.Start.Offset, value.Span.Length);

    // With the comment behind it and the line end.
    private static int EndOf(string text, KeyValueSyntax setting) =>
        text.IndexOf('\n', Math.Max(setting.Value!.Span.Start.Offset, setting.Value.Span.Start.Offset + setting.Value.Span.Length - 1)) is var end and >= 0 ? end + 1 : text.Length;

    /// <summary>All settings with their whole keys, also those of inline tables.</summary>
    private static IEnumerable<(SettingKey Key, KeyValueSyntax Item)> Settings(DocumentSyntax document) =>
        document.KeyValues.SelectMany(item => Settings([], item))
            .Concat(document.Tables.OfType<TableSyntax>().SelectMany(table => table.Items.SelectMany(item => Settings(Names(table.Name!), item))));

    private static IEnumerable<(SettingKey Key, KeyValueSyntax Item)> Settings(IReadOnlyList<string> table, KeyValueSyntax item)
    {
        var key = new SettingKey([.. table, .. Names(item.Key!)]);
        return item.Value is InlineTableSyntax inline
            ? inline.Items.Where(inner => inner.KeyValue is not null).SelectMany(inner => Settings(key.Parts, inner.KeyValue!)).Prepend((key, item))
            : [(key, item)];
    }

    private static IReadOnlyList<string> Names(KeySyntax key) => [NameOf(key.Key!), .. key.DotKeys.Select(part => NameOf(part.Key!))];

    private static string NameOf(BareKeyOrStringValueSyntax name) => name switch
    {
        StringValueSyntax quoted => quoted.Value ?? "",
        BareKeySyntax bare => bare.Key?.Text ?? "",
        _ => "",
    };

    private static DocumentSyntax Parse(string text)
    {
        var document = SyntaxParser.Parse(text, validate: true);
        return document.HasErrors
            ? throw new MalformedSettingsException(document.Diagnostics.First(message => message.Kind == DiagnosticMessageKind.Error).Span.Start.Line + 1, "it is not valid TOML")
            : document;
    }
}
