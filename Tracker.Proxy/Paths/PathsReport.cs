using System.Text.Json.Serialization;

namespace Tracker.Proxy.Paths;

/// <summary>Where things are: files as absolute paths.</summary>
/// <param name="Settings">The settings file in force, which need not exist.</param>
/// <param name="Database">The shared file.</param>
/// <param name="Home">Where clients' folders are looked for.</param>
/// <param name="ListenStreams">Where the proxy listens, as a socket unit of systemd says it, with blanks between several.</param>
internal sealed record PathsReport(string Settings, string Database, string Home, string ListenStreams);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(PathsReport))]
internal sealed partial class PathsJson : JsonSerializerContext;
