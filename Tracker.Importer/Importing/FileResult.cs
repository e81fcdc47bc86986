namespace Tracker.Importer.Importing;

/// <summary>What reading one file gave.</summary>
/// <param name="BytesRead">Bytes that were new.</param>
/// <param name="Records">Lines (or entries) that carried usage.</param>
/// <param name="Malformed">Lines that could not be read.</param>
/// <param name="Troubles">What was wrong.</param>
internal sealed record FileResult(long BytesRead, long Records, long Malformed, IReadOnlyList<Trouble> Troubles)
{
    public static FileResult Nothing { get; } = new(0, 0, 0, []);
}
