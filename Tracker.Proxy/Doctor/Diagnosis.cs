using System.Text.Json.Serialization;
using Tracker.Storage.Care;

namespace Tracker.Proxy.Doctor;

/// <summary>All that the doctor found; <c>--json</c> prints it.</summary>
internal sealed record Diagnosis
{
    /// <summary>Of the doctor, which need not be that of the running proxy.</summary>
    public required string Version { get; init; }

    public required string Settings { get; init; }

    /// <summary>Null when wrong settings hide where it is.</summary>
    public string? Database { get; init; }

    /// <summary>The worst of all.</summary>
    public Verdict Verdict => Findings.Count == 0 ? Verdict.Ok : Findings.Max(finding => finding.Verdict);

    public required IReadOnlyList<Finding> Findings { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(Diagnosis))]
[JsonSerializable(typeof(ProxyStatus))]
[JsonSerializable(typeof(RepairReport))]
[JsonSerializable(typeof(SoundDatabase))]
internal sealed partial class DoctorJson : JsonSerializerContext;
