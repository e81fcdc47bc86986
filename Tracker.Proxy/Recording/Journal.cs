using System.Globalization;
using Microsoft.Extensions.Options;
using Tracker.Storage.Connections;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Recording;

/// <summary>
/// Keeps every record in a file from before the client sees the end of its answer until it is stored, so that a killed process loses none
/// (docs/adr/0006-hand-over-journal.md). Requests append; a thread of its own prepares the next segment, so that no request creates a file;
/// the writer removes what is stored. The owner of the data directory owns it.
/// </summary>
internal sealed partial class Journal : IDisposable
{
    public const string Extension = ".journal";
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly long _limit;
    private readonly TrackerConnectionFactory _connections;
    private readonly ILogger<Journal> _logger;

    private readonly Lock _gate = new(); // For exchanging segments, never held over I/O.
    private readonly AutoResetEvent _wake = new(false);
    private readonly List<JournalSegment> _sealed = [];
    private readonly List<string> _leftovers = [];
    private volatile JournalSegment? _current;
    private JournalSegment? _spare;
    private string _folder = "";
    private long _sequence;
    private int _files;
    private volatile string? _trouble;
    private volatile bool _isStopping;
    private Thread? _preparing;

    public Journal(TrackerConnectionFactory connections, IOptions<RecordingOptions> options, ILogger<Journal> logger)
    {
        (_connections, _logger) = (connections, logger);
        _limit = options.Value.JournalBytes;
    }

    /// <summary>Bytes that its files take on the disk.</summary>
    public long Bytes => (long)Volatile.Read(ref _files) * JournalSegment.Size;

    /// <summary>Records that wait in the journal alone, because the queue had no room for them.</summary>
    public long Spilled
    {
        get
        {
            lock (_gate)
            {
                return _sealed.Sum(segment => segment.Spilled) + (_current?.Spilled ?? 0);
            }
        }
    }

    /// <summary>Whether there is a segment for the writer to remove, or to store from its file.</summary>
    public bool HasWork => _current is { Spilled: > 0 } || Settled().Count > 0;

    public JournalState State =>
        _limit == 0 ? JournalState.Off
        : _trouble is not null ? JournalState.Failing
        : _current is null ? JournalState.Full
        : JournalState.On;

    /// <summary>Why it is failing.</summary>
    public string? Reason => _trouble;

    /// <summary>Finds what an earlier process has left, and makes the first segment ready.</summary>
    /// <returns>The files of earlier processes, oldest first. Each is to be stored and then removed.</returns>
    public IReadOnlyList<string> Start()
    {
        _folder = Path.Combine(_connections.DataDirectory, "journal");
        try
        {
            FindLeftovers();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            OnTrouble(exception);
        }

        if (_limit > 0)
        {
            Prepare();
            _preparing = new Thread(KeepPrepared) { IsBackground = true, Name = "Tracker journal" };
            _preparing.Start();
        }

        return _leftovers;
    }

    /// <summary>Puts a record into the journal. Costs about two microseconds; never waits and never throws.</summary>
    /// <returns>The segment that it must be settled in, or null when the journal is off, full or failing.</returns>
    public JournalSegment? TryAppend(UsageRecord record)
    {
        if (_current is null)
        {
            return null;
        }

        try
        {
            var line = JournalLine.Encode(record);
            while (!line.IsEmpty && _current is { } segment)
            {
                if (TryAppend(segment, line))
                {
                    return segment;
                }
            }
        }
        catch (Exception exception)
        {
            LogNotTaken(record.Key.Value, exception); // Whatever it is, it must not fail a request. The record stays in memory.
        }

        return null;
    }

    /// <summary>Ends the current segment if records wait in it alone, so that it can settle and be stored.</summary>
    public void SealSpilled()
    {
        if (_current is { Spilled: > 0 } segment)
        {
            Roll(segment);
        }
    }

    /// <summary>The database was replaced: everything still here is to be stored once more.</summary>
    public void RequireReplay()
    {
        SealCurrent();
        lock (_gate)
        {
            _sealed.ForEach(segment => segment.RequireReplay());
        }
    }

    /// <summary>When somebody has deleted the journal's files, goes on in new ones: what is appended to a deleted file would not survive this process.</summary>
    public void LeaveDeletedFiles()
    {
        JournalSegment? spare;
        lock (_gate)
        {
            spare = _spare is { } unused && !File.Exists(unused.Path) ? unused : null;
            _spare = spare is null ? _spare : null;
        }

        if (spare is not null)
        {
            spare.Dispose();
            RemoveFile(spare.Path);
        }

        if (_current is { } segment && !File.Exists(segment.Path))
        {
            Roll(segment);
        }
    }

    /// <summary>The ended segments whose every record is stored or spilled, oldest first.</summary>
    public IReadOnlyList<JournalSegment> Settled()
    {
        lock (_gate)
        {
            return _sealed.Count == 0 ? [] : [.. _sealed.Where(segment => segment.IsSettled)];
        }
    }

    /// <summary>All of its records are stored.</summary>
    public void Remove(JournalSegment segment)
    {
        lock (_gate)
        {
            _sealed.Remove(segment);
        }

        segment.Dispose();
        RemoveFile(segment.Path);
    }

    /// <summary>All records of a file are stored.</summary>
    public void RemoveFile(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotRemoved(path, exception.Message); // The next start stores its records once more, which changes nothing, and tries again.
        }

        Interlocked.Decrement(ref _files);
        _wake.Set();
    }

    /// <summary>Ends all appending; removes what holds nothing that is not stored. The writer has stopped.</summary>
    public void Stop()
    {
        _isStopping = true;
        _wake.Set();
        _preparing?.Join();
        SealCurrent();
        SealCurrent(); // The spare became the current one.
        foreach (var segment in Settled().Where(segment => !segment.MustReplay))
        {
            Remove(segment);
        }
    }

    public void Dispose()
    {
        _isStopping = true;
        _wake.Set();
        _preparing?.Join();
        _wake.Dispose();
        _current?.Dispose();
        _spare?.Dispose();
        _sealed.ForEach(segment => segment.Dispose());
    }

    private bool TryAppend(JournalSegment segment, ReadOnlySpan<byte> line)
    {
        try
        {
            if (segment.TryAppend(line))
            {
                return true;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            OnTrouble(exception);
        }

        Roll(segment);
        return false;
    }

    private void SealCurrent()
    {
        if (_current is { } segment)
        {
            Roll(segment);
        }
    }

    /// <summary>Puts the spare in the place of a segment, unless another thread has done that.</summary>
    private void Roll(JournalSegment full)
    {
        lock (_gate)
        {
            if (_current != full)
            {
                return;
            }

            full.Seal();
            _sealed.Add(full);
            (_current, _spare) = (_spare, null);
        }

        _wake.Set();
    }

    private void KeepPrepared()
    {
        while (!_isStopping)
        {
            _wake.WaitOne(_trouble is null ? Timeout.InfiniteTimeSpan : RetryPause);
            if (!_isStopping)
            {
                Prepare();
            }
        }
    }

    /// <summary>Makes a current and a spare segment, as far as the limit and the disk allow.</summary>
    private void Prepare()
    {
        try
        {
            while (NeedsSegment() && Bytes + JournalSegment.Size <= _limit)
            {
                Directory.CreateDirectory(_folder);
                Add(JournalSegment.Create(PathOf(++_sequence)));
            }

            OnTroubleOver();
        }
        catch (Exception exception)
        {
            OnTrouble(exception); // Nobody catches what this thread would let go.
        }
    }

    private bool NeedsSegment()
    {
        lock (_gate)
        {
            return _current is null || _spare is null;
        }
    }

    private void Add(JournalSegment segment)
    {
        Interlocked.Increment(ref _files);
        lock (_gate)
        {
            if (_current is null)
            {
                _current = segment;
            }
            else
            {
                _spare = segment;
            }
        }
    }

    private void FindLeftovers()
    {
        if (!Directory.Exists(_folder))
        {
            return;
        }

        foreach (var path in Directory.EnumerateFiles(_folder, "*" + Extension).Order(StringComparer.Ordinal))
        {
            _leftovers.Add(path);
            _files++;
            if (long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            {
                _sequence = Math.Max(_sequence, sequence);
            }
        }
    }

    private string PathOf(long sequence) => Path.Combine(_folder, sequence.ToString("D10", CultureInfo.InvariantCulture) + Extension);

    private void OnTrouble(Exception exception)
    {
        if (Interlocked.Exchange(ref _trouble, exception.Message) is null)
        {
            LogFailing(_folder, exception.Message);
        }
    }

    private void OnTroubleOver()
    {
        if (_current is not null && Interlocked.Exchange(ref _trouble, null) is not null)
        {
            LogWorks(_folder);
        }
    }

    [LoggerMessage(EventIds.JournalFailing, LogLevel.Warning,
        "The journal in {Folder} cannot be written ({Reason}). Records are held in memory until they are stored, and would be lost if Tracker were killed", EventName = nameof(EventIds.JournalFailing))]
    private partial void LogFailing(string folder, string reason);

    [LoggerMessage(EventIds.JournalWorks, LogLevel.Information, "The journal in {Folder} can be written again", EventName = nameof(EventIds.JournalWorks))]
    private partial void LogWorks(string folder);

    [LoggerMessage(EventIds.JournalRecordNotTaken, LogLevel.Error, "The record {UsageKey} could not be put into the journal; it is held in memory. Please report this", EventName = nameof(EventIds.JournalRecordNotTaken))]
    private partial void LogNotTaken(string usageKey, Exception exception);

    [LoggerMessage(EventIds.JournalFileNotRemoved, LogLevel.Warning, "The journal's file {Path} is stored but cannot be removed: {Reason}", EventName = nameof(EventIds.JournalFileNotRemoved))]
    private partial void LogNotRemoved(string path, string reason);
}
