using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

/// <summary>A folder laid out as an unpacked release, with the programs that the tests were built with.</summary>
internal static class Release
{
    public static void CreateIn(string folder)
    {
        foreach (var program in new[] { "proxy", "importer" })
        {
            TestData.CopyTo(Path.GetDirectoryName(TrackerProcess.PathOf("tracker-" + program))!, Path.Combine(folder, program));
        }

        TestData.CopyTo(Repository.Deploy(), Path.Combine(folder, "deploy"));
    }
}
