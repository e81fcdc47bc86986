using System.Text.Json;
using Tracker.Storage.Imports.ClientDatabases;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Opencode;

/// <summary>The database of opencode 1.2 and later, and of those built from it.</summary>
internal sealed class OpencodeDatabaseFormat(OpencodeProgram program) : IDatabaseFormat
{
    public bool Claims(ReadOnlySpan<char> relativePath) => relativePath.EndsWith(".db", StringComparison.OrdinalIgnoreCase);

    public string? Read(LogFile file, string? state, SchemaDrift drift, Action<UsageRecord> onRecord, CancellationToken cancellationToken)
    {
        // One damaged message is no reason to leave out the others; that there is one is told at the end.
        FormatException? fault = null;
        var next = OpencodeDatabase.Read(file.Path, state, message => fault = Read(message, drift, onRecord) ?? fault, cancellationToken);
        return fault is null ? next : throw fault;
    }

    private FormatException? Read(OpencodeMessage message, SchemaDrift drift, Action<UsageRecord> onRecord)
    {
        try
        {
            using var json = JsonDocument.Parse(message.Data, JsonFields.Options);
            OpencodeUsage.TellUnknown(json.RootElement, drift);
            if (OpencodeUsage.ToRecord(program.Name, json.RootElement, message.Id, message.SessionId, message.ParentSessionId, message.ToolCalls) is { } record)
            {
                onRecord(record);
            }

            return null;
        }
        catch (JsonException)
        {
            return new FormatException("holds a message that is not valid JSON; the others are read");
        }
        catch (FormatException exception)
        {
            return new FormatException($"holds a message that {exception.Message}; the others are read");
        }
    }
}
