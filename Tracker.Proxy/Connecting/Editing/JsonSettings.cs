using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tracker.Proxy.Connecting.Editing;

/// <summary>
/// Settings in JSON, with or without comments. A new member becomes the first of its object, so that no other line changes (the one before a last member would get a comma, and
/// may hold a key).
/// </summary>
internal sealed class JsonSettings : ISettingsFormat
{
    public static JsonSettings Instance { get; } = new();

    public string Name => "json";

    public FoundSetting? Find(string text, SettingKey key) =>
        Root(text)?.Find(key) is { } value ? new FoundSetting(text[value.Start..value.End], value.Text, Lines.NumberOf(text, value.Start)) : null;

    public string Quote(string value) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value)}\"";

    public TextEdit Write(string text, SettingKey key, string literal)
    {
        if (Root(text) is not { } container)
        {
            return new TextEdit(text.Length, "", New(text, key.Parts, literal));
        }

        for (var depth = 0; ; depth++)
        {
            if (container.Kind is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            {
                throw new MalformedSettingsException(Lines.NumberOf(text, container.Start), $"{new SettingKey([.. key.Parts.Take(depth)])} is no object");
            }

            var (_, nameStart, value) = container.MemberOf(key.Parts[depth]);
            if (value is null)
            {
                return Insert(text, container, [.. key.Parts.Skip(depth)], literal);
            }

            if (depth == key.Parts.Count - 1)
            {
                var name = text[nameStart..value.Start];
                return new TextEdit(nameStart, name + text[value.Start..value.End], name + literal);
            }

            container = value;
        }
    }

    public TextEdit? Remove(string text, SettingKey key)
    {
        if (Root(text)?.Find(key.Parent) is not { } container || container.MemberOf(key.Name) is not { Value: { } value } member)
        {
            return null;
        }

        var before = container.Members.TakeWhile(other => other.NameStart < member.NameStart).LastOrDefault().Value;
        var previous = before is null ? container.Start : CommaFrom(text, before.End)!.Value;
        // The blanks before it go with it, unless a comment is there, which may need its line end.
        var start = member.NameStart - (string.IsNullOrWhiteSpace(text[(previous + 1)..member.NameStart]) ? member.NameStart - previous - 1 : 0);
        if (CommaFrom(text, value.End) is { } comma)
        {
            var end = comma + 1;
            while (start == member.NameStart && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++; // Then those behind it go.
            }

            var between = text[value.End..comma];
            return new TextEdit(start, text[start..end], string.IsNullOrWhiteSpace(between) ? "" : between);
        }

        // The last one takes the comma before it along.
        return before is null
            ? new TextEdit(start, text[start..value.End], "")
            : new TextEdit(previous, text[previous..value.End], text[(previous + 1)..start]);
    }

    public bool IsEmpty(string text, SettingKey key) =>
        Root(text) is not { } root ? key.Parts.Count == 0
        : root.Find(key) is { Kind: JsonTokenType.StartObject } container && string.IsNullOrWhiteSpace(text[(container.Start + 1)..(container.End - 1)])
            && (key.Parts.Count > 0 || (string.IsNullOrWhiteSpace(text[..container.Start]) && string.IsNullOrWhiteSpace(text[container.End..])));

    /// <summary>Whether a text that is understood here is JSON for those, too, who know no comments and no commas at the end of lists.</summary>
    public static bool IsStrict(string text)
    {
        try
        {
            using var document = string.IsNullOrWhiteSpace(text) ? null : JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonSpan? Root(string text) =>
        JsonSpan.Parse(text) is not { } root ? null
        : root.Kind == JsonTokenType.StartObject ? root
        : throw new MalformedSettingsException(Lines.NumberOf(text, root.Start), "it holds no object");

    private static string New(string text, IReadOnlyList<string> names, string literal)
    {
        var lineEnd = Lines.EndOf(text);
        return $"{{{lineEnd}  {Member(names, literal, new Layout(lineEnd + "  ", "  "))}{lineEnd}}}{lineEnd}";
    }

    private static TextEdit Insert(string text, JsonSpan container, IReadOnlyList<string> names, string literal)
    {
        if (container.Kind != JsonTokenType.StartObject)
        {
            throw new MalformedSettingsException(Lines.NumberOf(text, container.Start), "it is a list where an object was expected");
        }

        var unit = IndentUnit(text);
        if (container.Members.Count == 0)
        {
            // An object without a line of its own stays so in a text of one line only.
            var isOneLine = !text.AsSpan().Trim().Contains('\n');
            var (outer, inside) = (Lines.IndentOf(text, container.Start), text[(container.Start + 1)..(container.End - 1)]);
            var lineEnd = isOneLine ? "" : Lines.EndOf(text);
            var layout = isOneLine ? Layout.OneLine : new Layout(lineEnd + outer + unit, unit);
            return new TextEdit(container.Start + 1, "", layout.Break + Member(names, literal, layout) + (inside.Contains('\n', StringComparison.Ordinal) || isOneLine ? "" : lineEnd + outer));
        }

        // What stands before the first member is repeated before the new one.
        var next = container.Members[0].NameStart;
        var start = next;
        while (char.IsWhiteSpace(text[start - 1]))
        {
            start--;
        }

        var gap = text[start..next];
        var lastBreak = gap.LastIndexOf('\n');
        var here = lastBreak < 0 ? new Layout(gap, null) : new Layout(Lines.EndOf(text) + gap[(lastBreak + 1)..], unit);
        return new TextEdit(start, "", here.Break + Member(names, literal, here) + ",");
    }

    private static string Member(IReadOnlyList<string> names, string literal, Layout layout)
    {
        var name = Instance.Quote(names[0]);
        if (names.Count == 1)
        {
            return $"{name}: {literal}";
        }

        var inner = layout.Deeper();
        return $"{name}: {{{inner.Break}{Member([.. names.Skip(1)], literal, inner)}{(layout.Unit is null ? inner.Break : layout.Break)}}}";
    }

    /// <summary>What one level is indented by: as the first member of the whole, else two spaces.</summary>
    private static string IndentUnit(string text)
    {
        var root = JsonSpan.Parse(text)!;
        var indent = root.Members.Count > 0 && Lines.NumberOf(text, root.Members[0].NameStart) > Lines.NumberOf(text, root.Start) ? Lines.IndentOf(text, root.Members[0].NameStart) : "";
        return indent.Length > 0 ? indent : "  ";
    }

    /// <summary>The comma behind a value, past blanks and comments.</summary>
    private static int? CommaFrom(string text, int position)
    {
        while (position < text.Length && (char.IsWhiteSpace(text[position]) || JsonSpan.EndOfComment(text, position) > position))
        {
            position = Math.Max(JsonSpan.EndOfComment(text, position), position + 1);
        }

        return position < text.Length && text[position] == ',' ? position : null;
    }

    /// <summary>What stands before a member, and what a level more is indented by; null where all is on one line.</summary>
    private sealed record Layout(string Break, string? Unit)
    {
        public static Layout OneLine { get; } = new("", null);

        public Layout Deeper() => Unit is null ? this : this with { Break = Break + Unit };
    }
}
