using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tracker.Benchmarks;

/// <summary>The importer as a release has it (<c>deploy/package.sh</c>): native code, but on Windows, where it is compiled ahead. As built, most of a short pass is the runtime's start.</summary>
internal static class PublishedImporter
{
    /// <param name="folder">Where to; what the build needs beside it goes there, too.</param>
    /// <returns>The program's path.</returns>
    public static string Publish(string folder)
    {
        // <repository>/Tracker.Benchmarks/bin/<configuration>/<framework>
        var project = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "Tracker.Importer"));
        using var publish = Process.Start(new ProcessStartInfo("dotnet",
        [
            "publish", project, "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", OperatingSystem.IsWindows() ? "-p:PublishReadyToRun=true" : "-p:PublishAot=true",
            "--artifacts-path", Path.Combine(folder, "build"), "-o", Path.Combine(folder, "importer"), "-nologo", "-v", "quiet",
        ]))!;
        publish.WaitForExit();
        return publish.ExitCode == 0
            ? Path.Combine(folder, "importer", OperatingSystem.IsWindows() ? "tracker-importer.exe" : "tracker-importer")
            : throw new InvalidOperationException("The importer cannot be published; see above.");
    }
}
