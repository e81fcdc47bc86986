using Tracker.Importer.Sources;

namespace Tracker.Importer.Importing;

/// <summary>A log file and the format that reads it.</summary>
internal readonly record struct ClaimedFile(LogFile File, ILogFormat Format);
