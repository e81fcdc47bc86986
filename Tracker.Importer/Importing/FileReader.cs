using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Tracker.Importer.Sources;
using Tracker.Storage.Imports;

namespace Tracker.Importer.Importing;

/// <summary>Reads what is new in a log file of any format. What goes wrong with one file is noted in its cursor and never reaches the others. Used by one thread.</summary>
/// <param name="source">Whose files they are.</param>
/// <param name="onSteps">Gets the records and, behind those of a file, its cursor; the last of them only with <see cref="HandOver"/>.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets what is wrong with files.</param>
internal sealed partial class FileReader(IUsageSource source, Action<IReadOnlyList<ImportStep>> onSteps, TimeProvider time, ILogger logger)
{
    private const string InNextPass = "in the next pass";
    private readonly LineFileReader _lines = new(logger);
    private readonly FileSteps _steps = new(onSteps);

    /// <summary>Hands over what is left. To be called behind the last file.</summary>
    public void HandOver() => _steps.HandOver();

    /// <param name="claimed">The file, as it was listed.</param>
    /// <param name="cursor">How far it was read before; null for a new file.</param>
    /// <param name="onBytes">Gets the number of bytes that were read since it was last called.</param>
    /// <param name="cancellationToken">Ends in the middle; the records handed over are valid.</param>
    public FileResult Read(ClaimedFile claimed, ImportCursor? cursor, Action<long> onBytes, CancellationToken cancellationToken)
    {
        var file = claimed.File;
        var begun = (cursor ?? CursorOf(claimed)) with { ModifiedAtTicks = file.ModifiedAtTicks, Length = file.Length, ImportedAt = time.GetUtcNow() };
        try
        {
            FileKind.RequireFile(file.Path); // Now: it may have become another since it was listed.
            return claimed.Format switch
            {
                ILineFormat format => _lines.Read(format, file, cursor, begun, _steps, onBytes, cancellationToken),
                IDocumentFormat format => TellMalformed(cursor?.FirstMalformed, DocumentFileReader.Read(format, file, cursor, begun, _steps, onBytes)),
                IDatabaseFormat format => TellMalformed(cursor?.Trouble, DatabaseFileReader.Read(format, file, begun, _steps, onBytes, cancellationToken)),
                _ => throw new UnreachableException(claimed.Format.GetType().FullName),
            };
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return FileResult.Nothing; // Deleted since it was listed: its rows stay.
        }
        catch (FormatException exception)
        {
            // It stays so until the file changes.
            return Unreadable(file, cursor, begun, exception.Message, "when it has changed");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Unreadable(file, cursor, begun with { Length = ImportCursor.NotToTheEnd }, exception.Message, InNextPass);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(file.Path, exception);
            return Unreadable(file, cursor, begun with { Length = ImportCursor.NotToTheEnd }, $"cannot be read, by a fault of Tracker's own ({exception.GetType().Name})", InNextPass);
        }
    }

    // A document that is no JSON is one that its client is writing, in all likelihood: status tells it as long as it stays so.
    private FileResult TellMalformed(string? known, FileResult result)
    {
        if (result.Troubles is [var trouble] && known != trouble.Reason && !trouble.Reason.StartsWith(LineCheck.NotJson, StringComparison.Ordinal))
        {
            LogEntryMalformed(trouble.Path, trouble.Reason);
        }

        return result;
    }

    private FileResult Unreadable(LogFile file, ImportCursor? last, ImportCursor cursor, string reason, string again)
    {
        if (last?.Trouble != reason)
        {
            LogUnreadable(file.Path, reason, again);
        }

        _steps.End(cursor with { Trouble = reason });
        return new FileResult(0, 0, 0, [new Trouble(file.Path, null, reason)]);
    }

    private ImportCursor CursorOf(ClaimedFile claimed) => new()
    {
        Source = source.Client,
        Path = claimed.File.Path,
        ModifiedAtTicks = claimed.File.ModifiedAtTicks,
        Length = claimed.File.Length,
        ReaderVersion = claimed.Format.ReaderVersion,
        Offset = 0,
        LineCount = 0,
        Fingerprint = 0,
        HeadLength = 0,
        TailLength = 0,
        RecordCount = 0,
        MalformedCount = 0,
        ImportedAt = time.GetUtcNow(),
    };

    [LoggerMessage(EventIds.FileUnreadable, LogLevel.Warning, "{Path} cannot be read ({Reason}); it is tried again {When}", EventName = nameof(EventIds.FileUnreadable))]
    private partial void LogUnreadable(string path, string reason, string when);

    [LoggerMessage(EventIds.EntryMalformed, LogLevel.Warning, "{Path} {Reason}", EventName = nameof(EventIds.EntryMalformed))]
    private partial void LogEntryMalformed(string path, string reason);

    [LoggerMessage(EventIds.FileFailed, LogLevel.Error, "{Path} cannot be read, by a fault of Tracker's own; the others are read", EventName = nameof(EventIds.FileFailed))]
    private partial void LogFailed(string path, Exception exception);
}
