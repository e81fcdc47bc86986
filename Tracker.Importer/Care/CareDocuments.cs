using System.Text.Json.Serialization;

namespace Tracker.Importer.Care;

/// <summary>What <c>backup</c> did.</summary>
internal sealed record BackupReport(string Database, string File, long Calls, long Bytes);

/// <summary>What <c>vacuum</c> did.</summary>
internal sealed record VacuumReport(string Database, long BytesBefore, long BytesAfter, long BytesFreed);

/// <summary>What <c>prune</c> did, or would do.</summary>
internal sealed record PruneReport(string Database, bool DryRun, DateTimeOffset Before, long Calls, DateTimeOffset? FirstAt, DateTimeOffset? LastAt, decimal? CostUsd);

/// <summary>What <c>merge</c> did.</summary>
internal sealed record MergeReport(string Database, string Other, long Calls, long RowsAdded, long PrunedCallsLeftOut);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BackupReport))]
[JsonSerializable(typeof(VacuumReport))]
[JsonSerializable(typeof(PruneReport))]
[JsonSerializable(typeof(MergeReport))]
internal sealed partial class CareJson : JsonSerializerContext;
