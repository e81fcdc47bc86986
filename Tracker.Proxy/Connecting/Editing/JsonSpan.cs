using System.Text;
using System.Text.Json;

namespace Tracker.Proxy.Connecting.Editing;

/// <summary>A value of a JSON text with its place there, and what is in it. Comments and commas at the end of lists are understood, as some clients do.</summary>
internal sealed class JsonSpan
{
    private readonly List<(string Name, int NameStart, JsonSpan Value)> _members = [];

    private JsonSpan(JsonTokenType kind, int start) => (Kind, Start) = (kind, start);

    public JsonTokenType Kind { get; }

    public int Start { get; }

    /// <summary>Behind its last character.</summary>
    public int End { get; private set; }

    /// <summary>What a text says.</summary>
    public string? Text { get; private init; }

    /// <summary>Of an object: the members as they stand there. Of a list: the items, by their position.</summary>
    public IReadOnlyList<(string Name, int NameStart, JsonSpan Value)> Members => _members;

    /// <summary>Null for a text with nothing in it but blanks.</summary>
    /// <exception cref="MalformedSettingsException">It is not JSON, or has a text in it that is none.</exception>
    public static JsonSpan? Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var bytes = Encoding.UTF8.GetBytes(WithoutComments(text));
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowTrailingCommas = true, MaxDepth = 512 });
        try
        {
            var places = new Places(bytes);
            reader.Read();
            var root = ReadValue(ref reader, places);
            reader.Read(); // Nothing may follow.
            return root;
        }
        catch (JsonException exception)
        {
            throw new MalformedSettingsException((int)(exception.LineNumber ?? 0) + 1, "it is not valid JSON");
        }
        catch (InvalidOperationException exception)
        {
            // The reader's word for "\ud83d" alone, which is valid JSON.
            throw new MalformedSettingsException(bytes.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n') + 1, "half of a character is in a text there", exception);
        }
    }

    /// <summary>A member's value; where a name is there twice the last, which is the one that counts.</summary>
    public JsonSpan? Find(SettingKey key) => key.Parts.Aggregate((JsonSpan?)this, (span, name) => span?.MemberOf(name).Value);

    /// <summary>A member, or three defaults.</summary>
    public (string Name, int NameStart, JsonSpan? Value) MemberOf(string name) => _members.LastOrDefault(member => member.Name == name);

    /// <summary>Behind a comment that begins here; here, if none does.</summary>
    public static int EndOfComment(string text, int start)
    {
        var rest = text.AsSpan(start);
        if (rest.StartsWith("//", StringComparison.Ordinal))
        {
            return rest.IndexOf('\n') is var line and >= 0 ? start + line : text.Length;
        }

        return rest.StartsWith("/*", StringComparison.Ordinal) && rest[2..].IndexOf("*/", StringComparison.Ordinal) is var close and >= 0 ? start + 2 + close + 2 : start;
    }

    /// <summary>With blanks in the place of comments. The reader knows comments, but not in front of a colon.</summary>
    private static string WithoutComments(string text)
    {
        var result = text.ToCharArray();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '"')
            {
                i = EndOfString(text, i);
                continue;
            }

            var end = Math.Max(EndOfComment(text, i), i + 1);
            for (var isComment = end > i + 1; i < end; i++)
            {
                result[i] = isComment && result[i] is not ('\r' or '\n') ? ' ' : result[i];
            }
        }

        return new string(result);
    }

    // Behind its last quote.
    private static int EndOfString(string text, int start)
    {
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                return i + 1;
            }

            i += text[i] == '\\' ? 1 : 0;
        }

        return text.Length;
    }

    private static JsonSpan ReadValue(ref Utf8JsonReader reader, Places places)
    {
        var span = new JsonSpan(reader.TokenType, places.At(reader.TokenStartIndex)) { Text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null };
        if (span.Kind is JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var (name, start) = (reader.GetString()!, places.At(reader.TokenStartIndex));
                reader.Read();
                span._members.Add((name, start, ReadValue(ref reader, places)));
            }
        }
        else if (span.Kind is JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = places.At(reader.TokenStartIndex);
                span._members.Add((span._members.Count.ToString(), start, ReadValue(ref reader, places)));
            }
        }

        span.End = places.At(reader.BytesConsumed);
        return span;
    }

    /// <summary>Positions in the UTF-8 bytes, which are asked for in their order, as positions in the text.</summary>
    private sealed class Places(byte[] bytes)
    {
        private int _byte;
        private int _char;

        public int At(long position)
        {
            _char += Encoding.UTF8.GetCharCount(bytes.AsSpan(_byte, (int)position - _byte));
            _byte = (int)position;
            return _char;
        }
    }
}
