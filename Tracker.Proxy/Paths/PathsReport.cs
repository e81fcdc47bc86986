using System.Text.Json.Serialization;

namespace Tracker.Proxy.Paths;

/// <summary>Where things are, as absolute paths.</summary>
/// <param name="Settings">The settings file in force, which need not exist.</param>
/// <param name="Database">The shared file.</param>
/// <param name="Home">Where clients' folders are looked for.</param>
internal sealed record PathsReport(string Settings, string Database, string Home);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PathsReport))]
internal sealed partial class PathsJson : JsonSerializerContext;
