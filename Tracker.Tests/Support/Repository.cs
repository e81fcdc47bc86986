namespace Tracker.Tests.Support;

/// <summary>The files of the clone that the tests were built in.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Deploy(params string[] path) => Path.Combine([Root, "deploy", .. path]);

    public static string ReadDeploy(params string[] path) => File.ReadAllText(Deploy(path));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Tracker.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has Tracker.sln.");
    }
}
