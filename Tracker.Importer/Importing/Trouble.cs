namespace Tracker.Importer.Importing;

/// <summary>What could not be read, and why.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Line">The line's number, from 1; null for the file as a whole.</param>
/// <param name="Reason">For people; never anything of what the line holds.</param>
internal sealed record Trouble(string Path, long? Line, string Reason)
{
    public override string ToString() => Line is null ? $"{Path}: {Reason}" : $"{Path}:{Line}: {Reason}";
}
