using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.GeminiCli;

/// <summary>The file of a whole session that older versions wrote anew after each message.</summary>
internal sealed class GeminiSessionDocument : IDocumentFormat
{
    public bool Claims(ReadOnlySpan<char> relativePath) =>
        relativePath.EndsWith(".json", StringComparison.Ordinal)
        && ((LogFolders.IsBelow(relativePath, "chats") && relativePath.Contains("chats/session-", StringComparison.Ordinal)) || (LogFolders.IsDirectlyIn(relativePath) && GeminiSession.IsNameOfSession(relativePath)));

    // 2: the messages beside one that cannot be read.
    public int ReaderVersion => 2;

    public void Read(LogFile file, ReadOnlySpan<byte> content, SchemaDrift drift, Action<UsageRecord> onRecord)
    {
        var document = JsonSerializer.Deserialize(content, GeminiJson.Default.GeminiDocument);
        var session = GeminiSession.Of(file).With(document?.SessionId, null);
        var (lacksField, isOdd) = (false, false);
        foreach (var element in document?.Messages.Items() ?? [])
        {
            try
            {
                if (element.Deserialize(GeminiJson.Default.GeminiMessage) is not { } message)
                {
                    continue;
                }

                drift.UnknownCounts("tokens", message.Tokens?.Unknown);
                // A message also has the tools of answers that were merged into it and whose counts are gone: they would go to the wrong call.
                if (session.Read(message, toolCalls: []) is { } record)
                {
                    onRecord(record);
                }
            }
            catch (FormatException)
            {
                lacksField = true;
            }
            catch (JsonException)
            {
                isOdd = true;
            }
        }

        if (lacksField || isOdd)
        {
            throw new FormatException($"holds a message {(lacksField ? "without an id or a valid time" : "of another form than is known")}; the others are read");
        }
    }
}
