using System.Globalization;
using System.Text.Json;

namespace Tracker.Tests.Support;

/// <summary>As much of JSON Schema as Tracker's OpenAPI document uses. A word that it does not know is a fault, so that none is passed over.</summary>
internal sealed class JsonSchema(JsonElement document)
{
    private static readonly HashSet<string> Known = ["type", "properties", "required", "additionalProperties", "items", "$ref", "enum", "format", "description", "minimum", "maximum"];

    /// <summary>What is wrong with a value, each with its place.</summary>
    public IEnumerable<string> FaultsOf(JsonElement value, JsonElement schema, string place = "$")
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            schema = reference.GetString()!.Split('/').Skip(1).Aggregate(document, (element, name) => element.GetProperty(name));
        }

        var unknown = schema.EnumerateObject().Where(word => !Known.Contains(word.Name)).Select(word => $"{place}: the schema says {word.Name}");
        var types = !schema.TryGetProperty("type", out var type) ? [] : type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(one => one.GetString()!).ToList() : [type.GetString()!];
        if (!types.Any(name => Is(value, name)))
        {
            return unknown.Append($"{place}: {value} is no {string.Join(" or ", types)}");
        }

        return [.. unknown, .. OfFormat(value, schema, place), .. value.ValueKind switch
        {
            JsonValueKind.Object => OfMembers(value, schema, place),
            JsonValueKind.Array => value.EnumerateArray().SelectMany((item, index) => FaultsOf(item, schema.GetProperty("items"), $"{place}[{index}]")),
            _ => [],
        }];
    }

    private IEnumerable<string> OfMembers(JsonElement value, JsonElement schema, string place)
    {
        var properties = schema.GetProperty("properties");
        var missing = schema.GetProperty("required").EnumerateArray().Select(name => name.GetString()!).Where(name => !value.TryGetProperty(name, out _)).Select(name => $"{place}: {name} is missing");
        return missing.Concat(value.EnumerateObject().SelectMany(member => properties.TryGetProperty(member.Name, out var described)
            ? FaultsOf(member.Value, described, $"{place}.{member.Name}")
            : [$"{place}: {member.Name} is not described"]));
    }

    private static IEnumerable<string> OfFormat(JsonElement value, JsonElement schema, string place) =>
        value.ValueKind == JsonValueKind.String && schema.TryGetProperty("format", out var format) && format.GetString() == "date-time"
            && !DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out _)
            ? [$"{place}: {value} is no time"]
            : [];

    private static bool Is(JsonElement value, string type) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        _ => false,
    };
}
