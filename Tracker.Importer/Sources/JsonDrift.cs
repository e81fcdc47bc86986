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
}
