using Tracker.Storage.Imports;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Importing;

/// <summary>Hands the records of a file over in portions, and its cursor at the end.</summary>
internal sealed class FileSteps(Action<IReadOnlyList<ImportStep>> onSteps)
{
    private const int Portion = 500;
    private List<ImportStep> _steps = [];

    public void Add(UsageRecord record)
    {
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
    }
}
