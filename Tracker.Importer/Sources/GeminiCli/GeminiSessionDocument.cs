using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.GeminiCli;

/// <summary>The file of a whole session that older versions wrote anew after each message.</summary>
internal sealed class GeminiSessionDocument : IDocumentFormat
{
    public bool Claims(ReadOnlySpan<char> relativePath) =>
        relativePath.EndsWith(".json", StringComparison.Ordinal)
        && (relativePath.Contains("chats/session-", StringComparison.Ordinal) || (LogFolders.IsDirectlyIn(relativePath) && GeminiSession.IsNameOfSession(relativePath)));

    public void Read(LogFile file, ReadOnlySpan<byte> content, SchemaDrift drift, Action<UsageRecord> onRecord)
    {
        var document = JsonSerializer.Deserialize(content, GeminiJson.Default.GeminiDocument);
        var session = GeminiSession.Of(file).With(document?.SessionId, null);
        var lacksField = false;
        foreach (var message in document?.Messages ?? [])
        {
            if (message is null)
            {
                continue;
            }

            drift.UnknownCounts("tokens", message.Tokens?.Unknown);
            try
            {
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
        }

        if (lacksField)
        {
            throw new FormatException("holds a message without an id or a valid time; the others are read");
        }
    }
}
