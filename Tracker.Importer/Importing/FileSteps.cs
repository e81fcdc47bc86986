using Tracker.Storage.Imports;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Importing;

/// <summary>Hands the records of a file over in portions, and its cursor at the end. Several lines about one call are one record already.</summary>
internal sealed class FileSteps(Action<IReadOnlyList<ImportStep>> onSteps)
{
    private const int Portion = 500;
    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal);
    private List<ImportStep> _steps = [];

    public void Add(UsageRecord record)
    {
        if (_byKey.TryGetValue(record.Key.Value, out var at) && _steps[at].Record is { } known && known.Evidence == record.Evidence)
        {
            _steps[at] = new ImportStep(UsageMerge.Of(known, record), null);
            return;
        }

        _byKey[record.Key.Value] = _steps.Count;
        _steps.Add(new ImportStep(record, null));
        if (_steps.Count >= Portion)
        {
            HandOver();
        }
    }

    /// <summary>All of the file's records were added; the cursor is stored behind them.</summary>
    public void End(ImportCursor cursor)
    {
        _steps.Add(new ImportStep(null, cursor));
        HandOver();
    }

    private void HandOver()
    {
        onSteps(_steps);
        _steps = [];
        _byKey.Clear();
    }
}
