using System.Globalization;

namespace Tracker.Tests.Support;

/// <summary>Another port than the usual one for the services of a home directory.</summary>
internal static class ServicePort
{
    /// <summary>Lets systemd open a free port, as docs/operations.md says.</summary>
    public static Uri Choose(string home)
    {
        var port = FreePort.Find();
        var folder = Directory.CreateDirectory(Path.Combine(home, ".config/systemd/user/tracker-proxy.socket.d")).FullName;
        File.WriteAllText(Path.Combine(folder, "override.conf"), string.Create(CultureInfo.InvariantCulture, $"[Socket]\nListenStream=\nListenStream=127.0.0.1:{port}\n"));
        return new Uri($"http://127.0.0.1:{port}/");
    }
}
