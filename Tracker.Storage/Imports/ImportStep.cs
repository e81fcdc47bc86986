using Tracker.Storage.Usage;

namespace Tracker.Storage.Imports;

/// <summary>
/// A record of a log file, or where the file's cursor stands now that all its records before are stored, or both. Records may be many before a cursor comes: a pass that
/// ends between reads them again, which the merge makes harmless.
/// </summary>
public readonly record struct ImportStep(UsageRecord? Record, ImportCursor? Cursor);
