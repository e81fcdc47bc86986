using System.Globalization;
using System.Text.Json;
using Tracker.Importer.Sources.Pi;
using Tracker.Storage.Imports.ClientDatabases;
using Tracker.Storage.Usage;
using ZstdSharp;

namespace Tracker.Importer.Sources.OpenClaw;

/// <summary>
/// The database of one agent, <c>&lt;agent&gt;/agent/openclaw-agent.sqlite</c>, whose events are the lines that a session's file had before. The state is the place of the last
/// event, and the numbers of records and of unreadable events up to it.
/// </summary>
internal sealed class OpenClawDatabaseFormat : IDatabaseFormat
{
    // What OpenClaw itself takes for the most.
    private const int LongestEvent = 4 * 1024 * 1024;
    private const string Database = "openclaw-agent.sqlite";

    public bool Claims(ReadOnlySpan<char> relativePath) => relativePath[(relativePath.LastIndexOf('/') + 1)..].SequenceEqual(Database);

    public DatabaseReading Read(LogFile file, string? state, SchemaDrift drift, Action<UsageRecord> onRecord, CancellationToken cancellationToken)
    {
        var (lastMark, records, malformed) = Parse(state);
        var (readNow, malformedNow, trouble) = (0L, 0L, (string?)null);
        using var decompressor = new Decompressor();
        var reading = OpenClawDatabase.Read(
            file.Path, lastMark,
            entry =>
            {
                try
                {
                    if (ToRecord(entry, decompressor, drift) is { } record)
                    {
                        onRecord(record);
                        readNow++;
                    }
                }
                catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or ZstdException)
                {
                    malformedNow++;
                    trouble = $"holds an event that {(exception is FormatException ? exception.Message : "is not valid JSON")}; the others are read";
                }
            },
            cancellationToken);
        (records, malformed) = reading.IsWhole ? (readNow, malformedNow) : (records + readNow, malformed + malformedNow);
        return new DatabaseReading
        {
            State = string.Create(CultureInfo.InvariantCulture, $"{reading.Mark};{records};{malformed}"),
            RecordCount = records,
            MalformedCount = malformed,
            MalformedNow = malformedNow,
            Trouble = malformed > 0 ? trouble ?? "holds events that could not be read; the others are read" : null,
        };
    }

    private static UsageRecord? ToRecord(OpenClawEvent entry, Decompressor decompressor, SchemaDrift drift)
    {
        using var json = JsonFields.Parse(entry.UncompressedLength is { } length ? Decompress(entry.Data, length, decompressor) : entry.Data);
        return PiUsage.ToRecord(json.RootElement, OpenClawSource.Name, drift) is not { } record ? null : record with
        {
            SessionId = entry.SessionId,
            // A sub-agent is a session of its own.
            AgentId = entry.IsSubAgents ? entry.SessionId : null,
            ParentAgentId = entry.ParentSessionId,
            Project = FolderIn(entry.Head),
        };
    }

    private static byte[] Decompress(byte[] data, long length, Decompressor decompressor)
    {
        var text = length is > 0 and <= LongestEvent ? new byte[length] : throw new FormatException("is longer than it may be");
        return decompressor.Unwrap(data, text) == length ? text : throw new FormatException("is not whole");
    }

    private static string? FolderIn(string? head)
    {
        try
        {
            using var json = head is null ? null : JsonDocument.Parse(head, JsonFields.Options);
            return json?.RootElement.Text("cwd");
        }
        catch (JsonException)
        {
            return null; // It has no call, so nothing is missing but the folder.
        }
    }

    private static (string? Mark, long Records, long Malformed) Parse(string? state) =>
        state?.Split(';') is [var mark, var count, var faults]
        && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var records)
        && long.TryParse(faults, NumberStyles.None, CultureInfo.InvariantCulture, out var malformed)
            ? (mark, records, malformed)
            : (null, 0, 0);
}
