using System.Text.Json;
using Tracker.Storage.Imports.ClientDatabases;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Opencode;

/// <summary>The database of opencode 1.2 and later, and of those built from it.</summary>
internal sealed class OpencodeDatabaseFormat(OpencodeProgram program, ClientFolders folders) : IDatabaseFormat
{
    private readonly string? _named = Path.GetFileName(folders.Variable(program.DatabaseVariable));

    // The root itself, or directly in it: further down are databases of other programs, with the same tables perhaps.
    public bool Claims(ReadOnlySpan<char> relativePath) =>
        !relativePath.Contains('/') && (relativePath.EndsWith(".db", StringComparison.OrdinalIgnoreCase) || (_named is not null && relativePath.SequenceEqual(_named)));

    // 2: copies whose original is gone.
    public int ReaderVersion => 2;

    public DatabaseReading Read(LogFile file, string? state, SchemaDrift drift, Action<UsageRecord> onRecord, CancellationToken cancellationToken)
    {
        // One damaged message is no reason to leave out the others, nor to read them all again with every change.
        var before = OpencodeProgress.Parse(state);
        var (all, settled) = (new Tally(), new Tally());
        var reading = OpencodeDatabase.Read(
            file.Path, before?.Mark,
            message =>
            {
                var (hasRecord, fault) = Read(message, drift, onRecord);
                all.Add(hasRecord, fault);
                if (message.IsSettled)
                {
                    settled.Add(hasRecord, fault);
                }
            },
            cancellationToken);

        var kept = reading.IsWhole || before is null ? new OpencodeProgress("", 0, 0, null) : before;
        return new DatabaseReading
        {
            State = new OpencodeProgress(reading.Mark, kept.Records + settled.Records, kept.Malformed + settled.Malformed, settled.Fault ?? kept.Fault).ToString(),
            RecordCount = kept.Records + all.Records,
            MalformedCount = kept.Malformed + all.Malformed,
            MalformedNow = all.Malformed,
            Trouble = all.Fault ?? kept.Fault,
        };
    }

    private (bool HasRecord, string? Fault) Read(OpencodeMessage message, SchemaDrift drift, Action<UsageRecord> onRecord)
    {
        try
        {
            using var json = JsonDocument.Parse(message.Data, JsonFields.Options);
            OpencodeUsage.TellUnknown(json.RootElement, drift);
            if (OpencodeUsage.ToRecord(program.Name, json.RootElement, message.Id, message.SessionId, message.ParentSessionId, message.ToolCalls) is not { } record)
            {
                return (false, null);
            }

            onRecord(record);
            return (!record.Key.IsOfCopy, null);
        }
        catch (JsonException)
        {
            return (false, "holds a message that is not valid JSON; the others are read");
        }
        catch (FormatException exception)
        {
            return (false, $"holds a message that {exception.Message}; the others are read");
        }
    }

    private sealed class Tally
    {
        public long Records { get; private set; }

        public long Malformed { get; private set; }

        public string? Fault { get; private set; }

        public void Add(bool hasRecord, string? fault)
        {
            Records += hasRecord ? 1 : 0;
            Malformed += fault is null ? 0 : 1;
            Fault = fault ?? Fault;
        }
    }
}
