using System.Reflection;

namespace Tracker.Storage.Hosting;

/// <summary>The version that both programs print.</summary>
public static class TrackerVersion
{
    public static string Text { get; } =
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
