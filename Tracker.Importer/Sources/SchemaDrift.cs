using System.Buffers;
using System.Text;

namespace Tracker.Importer.Sources;

/// <summary>
/// The alarm for a client that begins to write counts that Tracker does not know: names of unknown fields that look like counts of tokens, found in one file.
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

    /// <summary>Tells of a number within an object of counts. Kept as <c>path.name</c>.</summary>
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

    /// <summary>Tells of counts in an entry of a list that are of a kind the reader does not know, and so counted nowhere. Kept as <c>list.kind</c>.</summary>
    /// <param name="list">The list's name.</param>
    /// <param name="kind">What the entry says it is.</param>
    public void UnknownKind(string list, string? kind) => Keep(Encoding.UTF8.GetBytes($"{list}.{kind ?? "unnamed"}"));

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
