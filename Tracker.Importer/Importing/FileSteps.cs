using Tracker.Storage.Imports;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Importing;

/// <summary>
/// Hands the records of files over in portions, the cursor of each file behind its own. Several lines of a file about one call are one record already. A portion may be of
/// many files: handing over costs more than a small file does. Used by one thread.
/// </summary>
internal sealed class FileSteps(Action<IReadOnlyList<ImportStep>> onSteps)
{
    private const int Portion = 128;
    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal);
    private List<ImportStep> _steps = new(Portion);

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

    /// <summary>Takes back the counts of a record that an earlier pass may have stored as final ones.</summary>
    public void Withdraw(UsageRecord record)
    {
        _byKey.Remove(record.Key.Value); // What is added later comes behind this.
        _steps.Add(new ImportStep(record, null, IsWithdrawn: true));
        if (_steps.Count >= Portion)
        {
            HandOver();
        }
    }

    /// <summary>All of the file's records were added; the cursor is stored behind them.</summary>
    public void End(ImportCursor cursor)
    {
        _steps.Add(new ImportStep(null, cursor));
        _byKey.Clear();
        if (_steps.Count >= Portion)
        {
            HandOver();
        }
    }

    /// <summary>Hands over what is left. To be called behind the last file.</summary>
    public void HandOver()
    {
        if (_steps.Count == 0)
        {
            return;
        }

        onSteps(_steps);
        _steps = new(Portion);
        _byKey.Clear();
    }
}
