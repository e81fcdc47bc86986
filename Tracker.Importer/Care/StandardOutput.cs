using Microsoft.Win32.SafeHandles;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Care;

/// <summary>Standard output as a stream of bytes that notices when nobody reads any more.</summary>
internal static class StandardOutput
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>
    /// The console's own stream on Unix swallows a closed pipe, and a long export would be made to its end for nobody. A file stream over a file writes by its own count of what came before,
    /// and leaves the descriptor, which a shell shares between the commands of one redirection, where it was: they would write over each other.
    /// </summary>
    public static Stream Open()
    {
        if (!OperatingSystem.IsWindows() && new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0) is { CanSeek: false } pipe)
        {
            return new BufferedStream(pipe, BufferBytes);
        }

        return new BufferedStream(Console.OpenStandardOutput(), BufferBytes);
    }

    /// <summary>Writes until the end, or until the reader has gone: <c>head</c> has seen enough, and that is no failure.</summary>
    public static int WriteUntilClosed(Stream output, Action<Stream> write)
    {
        try
        {
            write(output);
            output.Flush();
        }
        catch (IOException exception) when (IsClosedPipe(exception))
        {
            Discard(output);
        }

        return ExitCodes.Ok;
    }

    // EPIPE as the runtime reports it; ERROR_BROKEN_PIPE and ERROR_NO_DATA.
    private static bool IsClosedPipe(IOException exception) => (exception.HResult & 0xFFFF) is 32 or 109 or 232;

    private static void Discard(Stream output)
    {
        try
        {
            output.Dispose(); // It tries to write what it holds once more.
        }
        catch (IOException)
        {
        }
    }
}
