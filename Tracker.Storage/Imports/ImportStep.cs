using Tracker.Storage.Usage;

namespace Tracker.Storage.Imports;

/// <summary>One record of a log file (or none) and where the file's cursor stands after it.</summary>
public readonly record struct ImportStep(UsageRecord? Record, ImportCursor Cursor);
