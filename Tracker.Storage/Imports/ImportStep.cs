using Tracker.Storage.Usage;

namespace Tracker.Storage.Imports;

/// <summary>
/// A record of a log file, or where the file's cursor stands now that all its records before are stored, or both. Records may be many before a cursor comes: a pass that
/// ends between reads them again, which the merge makes harmless.
/// </summary>
/// <param name="Record">The record.</param>
/// <param name="Cursor">The cursor.</param>
/// <param name="IsWithdrawn">
/// The record was stored as if its counts were final, and a later line of the same log says that they are those of the beginning. It is not merged: a row that has exactly these
/// counts by it loses the quality that it never had.
/// </param>
public readonly record struct ImportStep(UsageRecord? Record, ImportCursor? Cursor, bool IsWithdrawn = false);
