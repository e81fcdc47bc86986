using System.Text.Json;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>
/// What <c>include_usage</c> adds to the chunks of a chat stream: a last one with the usage and without choices, and <c>"usage":null</c> in every other
/// (platform.openai.com/docs/api-reference/chat/create, seen 2026-11).
/// </summary>
internal static class ChatChunk
{
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 1024 };

    /// <summary>The part of a chunk that a client would not have got without the option.</summary>
    /// <returns>All of it, a member with its comma, or an empty range. Empty too for what is no chunk.</returns>
    public static Range AddedPartOf(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, Strict);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? AddedPartOf(ref reader, json.Length) : default;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return default; // No JSON, or a name that is no valid text: half of a surrogate pair.
        }
    }

    private static Range AddedPartOf(ref Utf8JsonReader reader, int length)
    {
        var (from, to) = (0, 0);
        var (hasUsage, hasNoChoices) = (false, false);
        var isFirst = true;
        var endsAtNextMember = false;
        var end = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var isUsage = reader.ValueTextEquals("usage"u8);
            var isChoices = reader.ValueTextEquals("choices"u8);
            (to, endsAtNextMember) = endsAtNextMember ? (start, false) : (to, false);
            reader.Read();
            if (isUsage && reader.TokenType == JsonTokenType.Null)
            {
                // A member goes with the comma before it, the first with the one after it.
                (from, to, endsAtNextMember) = (isFirst ? start : end, (int)reader.BytesConsumed, isFirst);
            }

            hasUsage |= isUsage && reader.TokenType == JsonTokenType.StartObject;
            if (isChoices && reader.TokenType == JsonTokenType.StartArray)
            {
                reader.Read();
                hasNoChoices = reader.TokenType == JsonTokenType.EndArray;
                while (reader.CurrentDepth > 1)
                {
                    reader.Read();
                }
            }

            reader.Skip();
            end = (int)reader.BytesConsumed;
            isFirst = false;
        }

        reader.Read(); // Throws if anything follows.
        return hasUsage && hasNoChoices ? ..length : from..to;
    }
}
