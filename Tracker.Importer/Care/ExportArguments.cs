using Tracker.Storage.Statistics;

namespace Tracker.Importer.Care;

/// <summary>What <c>export</c> is asked for.</summary>
/// <param name="Place">A file; null or - for standard output.</param>
/// <param name="IsCsv">Else lines of JSON.</param>
/// <param name="Filter">Which calls.</param>
/// <param name="Overwrite">Whether a file of that name is replaced.</param>
internal sealed record ExportArguments(string? Place, bool IsCsv, UsageFilter Filter, bool Overwrite);
