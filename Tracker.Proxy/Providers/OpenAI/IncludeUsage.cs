using System.Text.Json;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>
/// <c>stream_options.include_usage</c>, by which a chat stream is asked for its usage (platform.openai.com/docs/api-reference/chat/create, seen 2026-11).
/// </summary>
internal static class IncludeUsage
{
    private static readonly byte[] Options = ",\"stream_options\":{\"include_usage\":true}"u8.ToArray();
    private static readonly byte[] FirstMember = "\"include_usage\":true"u8.ToArray();
    private static readonly byte[] FurtherMember = ",\"include_usage\":true"u8.ToArray();
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 1024 };

    /// <summary>Where the option is missing in a request.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="position">Where <paramref name="addition"/> belongs.</param>
    /// <param name="addition">What makes the request ask for its usage.</param>
    /// <returns>
    /// <see langword="false"/> for a request that is not streamed, that has the option, even as false or null (the client's own choice), that names a key
    /// twice or has one that is no text, and for what is not JSON.
    /// </returns>
    public static bool IsMissing(ReadOnlySpan<byte> body, out int position, out byte[] addition)
    {
        (position, addition) = (0, []);
        try
        {
            var reader = new Utf8JsonReader(body, Strict);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && IsMissing(ref reader, out position, out addition);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false; // No JSON, or a name that is no valid text: half of a surrogate pair.
        }
    }

    private static bool IsMissing(ref Utf8JsonReader reader, out int position, out byte[] addition)
    {
        position = 0;
        addition = Options;
        bool? streamed = null;
        var hasOptions = false;
        var isClear = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isStream = reader.ValueTextEquals("stream"u8);
            var isOptions = reader.ValueTextEquals("stream_options"u8);
            reader.Read();
            if (isStream)
            {
                isClear &= streamed is null;
                streamed = reader.TokenType == JsonTokenType.True;
            }
            else if (isOptions)
            {
                isClear &= !hasOptions && reader.TokenType == JsonTokenType.StartObject && IsMissingInOptions(ref reader, out position, out addition);
                hasOptions = true;
            }

            reader.Skip();
        }

        if (!hasOptions)
        {
            position = (int)reader.TokenStartIndex; // The brace that closes the request.
        }

        // Nothing but white space may follow; else it throws.
        return !reader.Read() && isClear && streamed == true;
    }

    private static bool IsMissingInOptions(ref Utf8JsonReader reader, out int position, out byte[] addition)
    {
        var isMissing = true;
        var isEmpty = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            isEmpty = false;
            isMissing &= !reader.ValueTextEquals("include_usage"u8);
            reader.Read();
            reader.Skip();
        }

        position = (int)reader.TokenStartIndex;
        addition = isEmpty ? FirstMember : FurtherMember;
        return isMissing;
    }
}
