namespace Tracker.Storage.Imports;

/// <summary>What one transaction of an import did.</summary>
/// <param name="StepsStored">Steps stored, counted from the front.</param>
/// <param name="RowsAdded">Calls that had no row before.</param>
public readonly record struct ImportResult(int StepsStored, int RowsAdded);
