using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Tracker.Importer.Sources;

/// <summary>
/// The alarm for a client that begins to write counts that Tracker does not know: names of unknown fields that are, or look like, counts of tokens, found in one file.
/// <c>status</c> shows them.
/// </summary>
internal sealed class SchemaDrift
{
    private const int NamesKept = 10;
    private const int LongestName = 60;
    // Names are code, not text: what else stands in a key could be private.
    private static readonly SearchValues<byte> IdentifierBytes =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."u8);

    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);

    /// <param name="text">What <see cref="ToText"/> gave in an earlier pass over the file.</param>
    public SchemaDrift(string? text = null)
    {
        foreach (var name in text?.Split(' ') ?? [])
        {
            _names.Add(name);
        }
    }

    /// <summary>Tells of a number within an object that has other numbers too. Kept as <c>path.name</c>, and only when that looks like a count of tokens.</summary>
    /// <param name="path">The object's name.</param>
    /// <param name="name">The field's.</param>
    public void Unknown(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name)
    {
        if (path.Length + 1 + name.Length > LongestName)
        {
            return;
        }

        var whole = (stackalloc byte[LongestName])[..(path.Length + 1 + name.Length)];
        path.CopyTo(whole);
        whole[path.Length] = (byte)'.';
        name.CopyTo(whole[(path.Length + 1)..]);
        Unknown(whole);
    }

    /// <summary>Tells of a field, beside known counts, that the reader does not know. Kept only when its name looks like a count of tokens.</summary>
    public void Unknown(ReadOnlySpan<byte> name)
    {
        if (name.IndexOf("token"u8) >= 0 || name.IndexOf("Token"u8) >= 0)
        {
            Keep(name);
        }
    }

    /// <summary>Tells of the fields, beside known counts, that a source-generated reader does not know. Kept only when their names look like counts of tokens.</summary>
    public void Unknown(Dictionary<string, JsonElement>? fields)
    {
        foreach (var name in fields?.Keys ?? Enumerable.Empty<string>())
        {
            Unknown(Encoding.UTF8.GetBytes(name));
        }
    }

    /// <summary>Tells of a number within an object whose numbers are counts of tokens whatever they are called. Kept as <c>path.name</c>.</summary>
    /// <param name="path">The object's own name, which people look for in their logs.</param>
    /// <param name="name">The field's.</param>
    public void UnknownCount(string path, string name) => Keep(Encoding.UTF8.GetBytes($"{path}.{name}"));

    /// <summary>Tells of the numbers among the fields of such an object that a source-generated reader does not know.</summary>
    /// <inheritdoc cref="UnknownCount"/>
    public void UnknownCounts(string path, Dictionary<string, JsonElement>? fields)
    {
        foreach (var (name, value) in fields ?? [])
        {
            if (value.ValueKind == JsonValueKind.Number)
            {
                UnknownCount(path, name);
            }
        }
    }

    /// <summary>Tells of the numbers in such an object that are none of the known ones.</summary>
    /// <param name="path">The object's own name.</param>
    /// <param name="counts">The object.</param>
    /// <param name="known">The names that the reader knows.</param>
    public void UnknownCounts(string path, JsonElement counts, params ReadOnlySpan<string> known)
    {
        if (counts.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var field in counts.EnumerateObject())
        {
            if (field.Value.ValueKind == JsonValueKind.Number && field.NameOrNull() is { } name && !known.Contains(name))
            {
                UnknownCount(path, name);
            }
        }
    }

    /// <summary>Tells of counts in an entry of a list that are of a kind the reader does not know, and so counted nowhere. Kept as <c>list.kind</c>.</summary>
    /// <param name="list">The list's name.</param>
    /// <param name="kind">What the entry says it is.</param>
    public void UnknownKind(string list, string? kind) => UnknownCount(list, kind ?? "unnamed");

    private void Keep(ReadOnlySpan<byte> name)
    {
        if (name.Length <= LongestName && _names.Count < NamesKept && !name.ContainsAnyExcept(IdentifierBytes))
        {
            _names.Add(Encoding.ASCII.GetString(name));
        }
    }

    /// <summary>The names, with spaces between; null when there are none.</summary>
    public string? ToText() => _names.Count == 0 ? null : string.Join(' ', _names);
}
