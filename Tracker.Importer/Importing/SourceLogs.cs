using Tracker.Importer.Sources;

namespace Tracker.Importer.Importing;

/// <summary>Where one source's logs were at the last full pass.</summary>
/// <param name="Source">The source.</param>
/// <param name="Roots">Its folders and files that exist.</param>
/// <param name="Folder">What is in them.</param>
internal sealed record SourceLogs(IUsageSource Source, IReadOnlyList<string> Roots, LogFolder Folder);
