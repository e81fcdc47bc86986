namespace Tracker.Tests.Support;

/// <summary>Files with garbage where a disk, a crash or another program has put it.</summary>
internal static class DamagedFile
{
    public static async Task OverwriteAsync(string path, long at, int length, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite) { Position = at };
        await file.WriteAsync(Enumerable.Repeat((byte)0xAB, length).ToArray(), cancellationToken);
    }
}
