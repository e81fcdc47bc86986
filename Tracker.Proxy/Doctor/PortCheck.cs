using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Doctor;

/// <summary>Whether the proxy listens where clients are told to find it.</summary>
internal static class PortCheck
{
    private const string Name = "port";

    public static IEnumerable<Finding> Look(Patient patient) => patient.Addresses.Select(address => Look(address, patient));

    private static Finding Look(ProbedAddress address, Patient patient) => address.Answerer switch
    {
        Answerer.Unknown => Finding.Warning(Name, $"Urls is {address.Address}, so the proxy's port is another one at every start", "set Urls to a port, such as http://127.0.0.1:8082"),
        Answerer.Nobody when patient.ProxyLockIsHeld == true => Finding.Trouble(
            Name, $"nothing listens on {address.Address}, but a tracker-proxy is at work on this data: it was started with another Urls, or is just starting or stopping",
            "look at its log for 'listens on', and give it and this command the same settings"),
        Answerer.Nobody => Finding.Trouble(Name, $"nothing listens on {address.Address}: clients that are pointed here cannot work", StartProxy()),
        Answerer.Other => Finding.Trouble(
            Name, $"another program has {address.Address}: {address.Reason}", $"{WhoListens(address.Uri!.Port)} shows which; stop it, or set Urls to another port and point the clients there"),
        Answerer.Tracker when address.Status is null => Finding.Warning(
            Name, $"tracker-proxy listens on {address.Address} and does not tell how it is: {address.Reason}", "look at /status in a browser; see Proxy:AllowedHosts"),
        _ => Look(address, address.Status!, patient),
    };

    private static Finding Look(ProbedAddress address, ProxyStatus status, Patient patient)
    {
        if (!status.IsOf(patient.Database.Path))
        {
            return Finding.Trouble(
                Name, $"the tracker-proxy on {address.Address} writes to {status.Database}, and this command (and an importer with the same settings) would use {patient.Database.Path}",
                "set Storage:DatabasePath to one of them for both, or run this command as the user of the proxy");
        }

        return status.Version == TrackerVersion.Text
            ? Finding.Ok(Name, $"tracker-proxy {status.Version} listens on {address.Address}")
            : Finding.Warning(Name, $"tracker-proxy {status.Version} listens on {address.Address}; this is {TrackerVersion.Text}", "restart the proxy, so that both are the same");
    }

    private static string StartProxy() => OperatingSystem.IsWindows() ? "Start-Service tracker-proxy in an elevated PowerShell (if it is installed), or tracker-proxy"
        : OperatingSystem.IsMacOS() ? "launchctl kickstart gui/$(id -u)/tracker.proxy (if it is installed), or tracker-proxy"
        : "systemctl --user start tracker-proxy (if it is installed), or tracker-proxy";

    private static string WhoListens(int port) => OperatingSystem.IsWindows() ? $"Get-NetTCPConnection -LocalPort {port} -State Listen"
        : OperatingSystem.IsMacOS() ? $"lsof -nP -iTCP:{port} -sTCP:LISTEN"
        : $"ss -ltnp 'sport = :{port}'";
}
