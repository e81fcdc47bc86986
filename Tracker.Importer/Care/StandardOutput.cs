using Microsoft.Win32.SafeHandles;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Care;

/// <summary>Standard output as a stream of bytes that notices when nobody reads any more.</summary>
internal static class StandardOutput
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>The console's own stream on Unix swallows a closed pipe, and a long export would be made to its end for nobody.</summary>
    public static Stream Open() => OperatingSystem.IsWindows()
        ? new BufferedStream(Console.OpenStandardOutput(), BufferBytes)
        : new BufferedStream(new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0), BufferBytes);

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
