namespace Tracker.Proxy.Recording;

/// <summary>Stores records from the journal's files, through the same merge as all others, so that it does not matter which of them were stored before. For the writer's thread.</summary>
internal sealed partial class JournalReplay(Journal journal, RecordStore store, WriterStatus status, ILogger<JournalReplay> logger)
{
    /// <summary>Stores what earlier processes accepted and did not get into the database, and removes their files.</summary>
    /// <returns><see langword="false"/> when <paramref name="cancellationToken"/> came first; the rest is still there.</returns>
    public bool StoreLeftovers(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        foreach (var path in paths)
        {
            if (TryRead(path) is not { } file)
            {
                continue;
            }

            if (!Store(file, cancellationToken))
            {
                return false;
            }

            status.CountRecovered(file.Records.Count);
            SetAsideIfDamaged(path, file);
            journal.RemoveFile(path);
        }

        if (status.Recovered > 0)
        {
            LogRecovered(status.Recovered);
        }

        return true;
    }

    /// <summary>Stores a segment of this process, of which some records are nowhere else, and removes it. One that cannot be read stays for the next start.</summary>
    /// <returns><see langword="false"/> when <paramref name="cancellationToken"/> came first.</returns>
    public bool Store(JournalSegment segment, CancellationToken cancellationToken)
    {
        JournalFile file;
        try
        {
            file = JournalFile.Parse(segment.ReadAll());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            segment.LeaveForNextStart();
            LogUnreadable(segment.Path, exception.Message);
            return true;
        }

        var setAside = status.SetAside;
        if (!Store(file, cancellationToken))
        {
            return false;
        }

        status.CountStored(Math.Max(0, segment.Spilled - (status.SetAside - setAside)));
        LogSpilledStored(file.Records.Count, segment.Spilled);
        SetAsideIfDamaged(segment.Path, file);
        journal.Remove(segment);
        return true;
    }

    private bool Store(JournalFile file, CancellationToken cancellationToken) =>
        file.Records.Chunk(RecordStore.LargestBatch).All(chunk => store.Store([.. chunk], cancellationToken));

    /// <returns>Null for a file that stays where it is, because this program cannot read it.</returns>
    private JournalFile? TryRead(string path)
    {
        try
        {
            var file = JournalFile.Read(path);
            if (!file.IsOfOtherVersion)
            {
                return file;
            }

            LogUnreadable(path, "it was written by another version of Tracker, or its beginning is damaged.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(path, exception.Message);
        }

        return null;
    }

    private void SetAsideIfDamaged(string path, JournalFile file)
    {
        if (file.DamagedLines > 0)
        {
            LogDamaged(file.DamagedLines, path, JournalFile.SetAside(path));
        }
    }

    [LoggerMessage(EventIds.RecordsRecovered, LogLevel.Information, "Stored {Count} records that an earlier run had left in the journal", EventName = nameof(EventIds.RecordsRecovered))]
    private partial void LogRecovered(long count);

    [LoggerMessage(EventIds.JournalStored, LogLevel.Debug, "Stored {Count} records from the journal, of which {Spilled} were nowhere else", EventName = nameof(EventIds.JournalStored))]
    private partial void LogSpilledStored(int count, long spilled);

    [LoggerMessage(EventIds.JournalFileUnreadable, LogLevel.Error, "The journal's file {Path} is left where it is: {Reason}", EventName = nameof(EventIds.JournalFileUnreadable))]
    private partial void LogUnreadable(string path, string reason);

    [LoggerMessage(EventIds.JournalFileDamaged, LogLevel.Error, "{Lines} records in the journal's file {Path} are damaged; all others are stored. The file is kept as {Copy}", EventName = nameof(EventIds.JournalFileDamaged))]
    private partial void LogDamaged(int lines, string path, string copy);
}
