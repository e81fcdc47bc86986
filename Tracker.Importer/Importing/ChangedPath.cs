namespace Tracker.Importer.Importing;

/// <summary>A file or folder that may have changed.</summary>
/// <param name="Path">Its absolute path; of a database also when only its <c>-wal</c> file has changed.</param>
/// <param name="IsNew">It was created or got this name: of a folder everything in it may be new.</param>
internal readonly record struct ChangedPath(string Path, bool IsNew);
