using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Tracker.Proxy.Statistics;

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class OpenApiJson : JsonSerializerContext;
