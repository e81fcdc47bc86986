using System.Text.Json;
using Tracker.Importer.Sources;
using Tracker.Storage.Imports;

namespace Tracker.Importer.Importing;

/// <summary>Reads a file that its client writes anew as a whole. Written again with the same content, it is not parsed.</summary>
internal static class DocumentFileReader
{
    /// <summary>Larger files are passed over: no client's session is near this size.</summary>
    public const int LargestDocument = 512 * 1024 * 1024;

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="FormatException">It is too large, or not UTF-8.</exception>
    public static FileResult Read(IDocumentFormat format, LogFile file, ImportCursor? last, ImportCursor cursor, FileSteps steps, Action<long> onBytes)
    {
        var content = ClientFile.ReadAll(file.Path, LargestDocument);
        onBytes(content.Length);
        var hash = FileFingerprint.HashOf(content);
        if (last is not null && last.Fingerprint == hash && last.Offset == content.Length)
        {
            steps.End(cursor with { Trouble = null });
            return new FileResult(content.Length, 0, 0, []);
        }

        LineCheck.RequireUtf8(content);
        var drift = new SchemaDrift();
        var records = 0L;
        string? fault = null;
        try
        {
            format.Read(file, WithoutMark(content), drift, record =>
            {
                records++;
                steps.Add(record);
            });
        }
        catch (JsonException exception)
        {
            fault = LineCheck.Explain(exception);
        }
        catch (FormatException exception)
        {
            fault = exception.Message; // What could be read of it is stored.
        }

        var malformed = fault is null ? 0 : 1;
        steps.End(cursor with
        {
            Offset = content.Length,
            Fingerprint = hash,
            RecordCount = records,
            MalformedCount = malformed,
            Trouble = null,
            FirstMalformed = fault,
            Drift = drift.ToText(),
        });
        return new FileResult(content.Length, records, malformed, fault is null ? [] : [new Trouble(file.Path, null, fault)]);
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> content) => content.StartsWith("\uFEFF"u8) ? content[3..] : content;
}
