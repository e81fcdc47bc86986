using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>Where <c>.ci/install-clients</c> has put the clients, in the versions that the tests know.</summary>
internal static class InstalledClients
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("TRACKER_TEST_CLIENTS")
        ?? Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "", ".cache"), "tracker-tests", "clients");

    /// <summary>The folder of their commands; ignores the test where they are not installed. Those of somebody's own are not used: each version does and logs things differently.</summary>
    public static string Commands
    {
        get
        {
            if (OperatingSystem.IsWindows())
            {
                Assert.Ignore("The real clients are run on Linux and macOS.");
            }

            var wanted = File.ReadAllText(Path.Combine(Repository.Root, ".ci", "clients", "package.json"));
            var found = Path.Combine(Folder, "package.json");
            if (!File.Exists(found) || File.ReadAllText(found) != wanted)
            {
                Assert.Ignore($"The coding agents of .ci/clients/package.json are not in {Folder}. Install them with: .ci/install-clients");
            }

            return Path.Combine(Folder, "node_modules", ".bin");
        }
    }
}
