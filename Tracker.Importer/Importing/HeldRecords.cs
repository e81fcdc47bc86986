using Tracker.Storage.Usage;

namespace Tracker.Importer.Importing;

/// <summary>
/// The records of the call that is being read, held back until another call begins or the file ends: the log may yet say that its answer broke off, and a merged row
/// never gets worse. What an earlier pass has stored of the call, before that was told, is withdrawn.
/// </summary>
internal sealed class HeldRecords(FileSteps steps)
{
    private readonly List<(UsageRecord Record, string? Id)> _records = [];
    private long _from;

    /// <summary>Where in the file the lines of the call begin; null when no later line can say anything of them.</summary>
    public long? From => _records.Exists(held => held.Id is not null) ? _from : null;

    /// <summary>Holds a line's records; releases those of another call.</summary>
    /// <param name="record">The line's call.</param>
    /// <param name="within">The rows of runs within it, which share its fate.</param>
    /// <param name="id">The line's id.</param>
    /// <param name="at">Where the line begins.</param>
    public void Add(UsageRecord record, IReadOnlyList<UsageRecord>? within, string? id, long at)
    {
        if (_records.Count > 0 && _records[0].Record.Key != record.Key)
        {
            Release();
        }

        if (_records.Count == 0)
        {
            _from = at;
        }

        _records.Add((record, id));
        for (var i = 0; i < within?.Count; i++)
        {
            _records.Add((within[i], id));
        }
    }

    /// <summary>If the line of that id is held, the call's counts are those of its beginning.</summary>
    public void MarkBroken(string id)
    {
        if (!_records.Exists(held => held.Id == id))
        {
            return;
        }

        for (var i = 0; i < _records.Count; i++)
        {
            var (record, own) = _records[i];
            _records[i] = (record with { Quality = CountQuality.Partial, Outcome = CallOutcome.Incomplete }, own);
        }

        foreach (var (record, _) in _records)
        {
            steps.Withdraw(record);
        }

        Release();
    }

    /// <summary>Puts what the log tells of a subscription behind a call to the call; without one it is nobody's, and left out.</summary>
    public void AddLimits(IReadOnlyList<LimitSample> limits)
    {
        if (_records.Count > 0)
        {
            var (record, id) = _records[^1];
            _records[^1] = (record with { Limits = [.. record.Limits, .. limits] }, id);
        }
    }

    public void Release()
    {
        foreach (var (record, _) in _records)
        {
            steps.Add(record);
        }

        _records.Clear();
    }
}
