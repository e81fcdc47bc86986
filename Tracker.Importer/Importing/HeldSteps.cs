using Tracker.Storage.Imports;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Importing;

/// <summary>
/// The steps of the call that is being read, held back until another call begins or the file ends: the log may yet say that its answer broke
/// off, and a merged row never gets worse. (Should a pass end between the two lines, the call stays as its own line tells.)
/// </summary>
internal sealed class HeldSteps
{
    private readonly List<(ImportStep Step, string? Id)> _steps = [];

    public void Clear() => _steps.Clear();

    /// <summary>Holds a step with a record; releases those of another call.</summary>
    public void Add(ImportStep step, string? id, Action<ImportStep> onStep)
    {
        if (_steps.Count > 0 && _steps[0].Step.Record!.Key != step.Record!.Key)
        {
            Release(onStep);
        }

        _steps.Add((step, id));
    }

    /// <summary>If the line of that id is held, the call's counts are those of its beginning.</summary>
    public void MarkBroken(string id)
    {
        if (!_steps.Exists(held => held.Id == id))
        {
            return;
        }

        for (var i = 0; i < _steps.Count; i++)
        {
            var (step, own) = _steps[i];
            _steps[i] = (step with { Record = step.Record! with { Quality = CountQuality.Partial, Outcome = CallOutcome.Incomplete } }, own);
        }
    }

    public void Release(Action<ImportStep> onStep)
    {
        foreach (var (step, _) in _steps)
        {
            onStep(step);
        }

        _steps.Clear();
    }
}
