using System.Diagnostics;

namespace Tracker.Tests.Support;

/// <summary>A file system of a few megabytes, that a test may fill. Needs root on Linux; elsewhere the test is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Block = 64 * 1024;
    private readonly TempDirectory _folder = new();

    private SmallDisk() => Path = Directory.CreateDirectory(_folder.File("disk")).FullName;

    public string Path { get; }

    private string Filler => System.IO.Path.Combine(Path, "filler");

    public static SmallDisk Mount(int megabytes)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Only root on Linux can mount a small file system.");
        }

        var disk = new SmallDisk();
        if (Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk.Path) != 0)
        {
            disk._folder.Dispose();
            Assert.Ignore("This machine lets nobody mount a file system.");
        }

        return disk;
    }

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = Block; size > 0; size /= 16)
        {
            try
            {
                while (true)
                {
                    file.Write(new byte[size]);
                }
            }
            catch (IOException)
            {
                // Not so much; perhaps less.
            }
        }
    }

    /// <summary>Takes all the room that is left but for so many bytes.</summary>
    public void FillBut(long bytes) => File.WriteAllBytes(Filler, new byte[Math.Max(0, new DriveInfo(Path).AvailableFreeSpace - bytes)]);

    /// <summary>Nothing can be written to it any more, not even by root.</summary>
    public void MakeReadOnly() => Assert.That(Run("mount", "-o", "remount,ro", Path), Is.Zero);

    /// <summary>Gives it back.</summary>
    public void Free() => File.Delete(Filler);

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Run("umount", "-l", Path);
        _folder.Dispose();
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
