namespace Tracker.Storage.Hosting;

/// <summary>
/// The name that a file has until it is whole. While this is not disposed, a signal that ends the program removes such a file first; Windows keeps it, because it is open.
/// </summary>
public sealed class UnfinishedFile : IDisposable
{
    /// <summary>What it ends with.</summary>
    public const string Extension = ".part";

    private readonly EndSignals _signals;

    /// <param name="target">The file that it will be.</param>
    public UnfinishedFile(string target) => _signals = new EndSignals(() => Discard(target));

    /// <summary>The name for now.</summary>
    /// <param name="target">The file that it will be.</param>
    public static string PathOf(string target) => target + Extension;

    /// <summary>Removes it, with the journal that SQLite may have beside it. What cannot be removed is left for the next try.</summary>
    /// <param name="target">The file that it would have been.</param>
    public static void Discard(string target)
    {
        TryDelete(PathOf(target));
        TryDelete(PathOf(target) + "-journal");
    }

    /// <summary>Removes a file, if that can be done.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Left for the next try.
        }
    }

    public void Dispose() => _signals.Dispose();
}
