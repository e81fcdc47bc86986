using System.Text.Json.Serialization;

namespace Tracker.Importer.Importing;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(PassReport))]
[JsonSerializable(typeof(StatusDocument))]
internal sealed partial class ReportJson : JsonSerializerContext;
