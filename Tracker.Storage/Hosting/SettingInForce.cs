using System.Text.Json.Serialization;

namespace Tracker.Storage.Hosting;

/// <summary>What holds for one key.</summary>
/// <param name="Key">The setting; of a list, with its number.</param>
/// <param name="Value">What holds; null for nothing. A secret is not told.</param>
/// <param name="Source">Who says so: <c>default</c>, the file, the environment variable, or <c>command line</c>.</param>
/// <param name="Default">What would hold if nobody said anything.</param>
public sealed record SettingInForce(string Key, string? Value, string Source, string? Default);

/// <summary>What <c>settings</c> tells.</summary>
public sealed record SettingsReport
{
    /// <summary>The file that both programs read.</summary>
    public required string File { get; init; }

    public required bool FileExists { get; init; }

    public required IReadOnlyList<SettingInForce> Settings { get; init; }

    /// <summary>Keys that nothing reads: typing errors.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(SettingsReport))]
internal sealed partial class SettingsJson : JsonSerializerContext;
