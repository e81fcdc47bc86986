using System.Text;
using System.Text.Json;

namespace Tracker.Importer.Sources;

/// <summary>Tells the alarm of the fields that a source-generated reader did not know.</summary>
internal static class JsonDrift
{
    public static void Unknown(this SchemaDrift drift, Dictionary<string, JsonElement>? fields)
    {
        foreach (var name in fields?.Keys ?? Enumerable.Empty<string>())
        {
            drift.Unknown(Encoding.UTF8.GetBytes(name));
        }
    }

    /// <summary>The same of an object whose numbers are counts of tokens whatever they are called.</summary>
    /// <param name="drift">Is told.</param>
    /// <param name="path">The object's name, which is put before the field's.</param>
    /// <param name="fields">Its fields that the reader does not know.</param>
    public static void Unknown(this SchemaDrift drift, string path, Dictionary<string, JsonElement>? fields)
    {
        foreach (var (name, value) in fields ?? [])
        {
            if (value.ValueKind == JsonValueKind.Number)
            {
                drift.Unknown(Encoding.UTF8.GetBytes($"{path}.{name}"));
            }
        }
    }
}
