namespace Tracker.Tests.Support;

/// <summary>How a program is started so that the permissions of files hold for it, also where root runs the tests.</summary>
internal static class BoundByPermissions
{
    /// <summary>
    /// The command that becomes the program (<c>under</c> of <see cref="TrackerProcess.Start"/>): for root one that takes away the two capabilities by which root reads
    /// everything, for others none. Where that cannot be done, the test is skipped.
    /// </summary>
    public static IReadOnlyList<string> Command()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no file modes.");
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return [];
        }

        string[] command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
        if (!OperatingSystem.IsLinux() || !Commands.CanRun([.. command, "true"]))
        {
            Assert.Ignore("Root may read everything, and setpriv (of util-linux) is not there or may not take that away.");
        }

        return command;
    }
}
