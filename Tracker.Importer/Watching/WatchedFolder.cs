using Tracker.Importer.Sources;

namespace Tracker.Importer.Watching;

/// <summary>A folder where logs may change.</summary>
/// <param name="Path">The folder: a root, the folder of a root that is a file, or a folder that a link below a root leads to.</param>
/// <param name="Root">The root, as the source names it. The paths of its logs begin with it.</param>
/// <param name="IsTree">What is below the folder's own folders counts, too.</param>
/// <param name="Formats">What is a log there.</param>
internal sealed record WatchedFolder(string Path, string Root, bool IsTree, IReadOnlyList<ILogFormat> Formats);
