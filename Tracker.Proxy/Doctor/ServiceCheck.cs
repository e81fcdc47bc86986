using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Doctor;

/// <summary>Whether a service manager starts the proxy. Windows and launchd are asked as their manuals say (seen 2026-11).</summary>
internal static class ServiceCheck
{
    private const string Name = "service";
    private const string SeeOperations = "see docs/operations.md";

    public static async Task<IReadOnlyList<Finding>> LookAsync(Patient patient, CancellationToken cancellationToken)
    {
        var findings = OperatingSystem.IsWindows() ? await LookAtWindowsAsync(patient, cancellationToken)
            : OperatingSystem.IsMacOS() ? await LookAtLaunchdAsync(cancellationToken)
            : await LookAtSystemdAsync(cancellationToken);
        return findings switch
        {
            null => [Finding.Ok(Name, "no service manager answers here")],
            [] when patient.ProxyRuns => [Finding.Warning(Name, "the proxy is not installed as a service: it ends with its terminal, and does not come back after a restart", SeeOperations)],
            [] => [Finding.Warning(Name, "the proxy is not installed as a service", SeeOperations)],
            _ => findings,
        };
    }

    /// <returns>Null when there is no systemd to ask.</returns>
    private static async Task<IReadOnlyList<Finding>?> LookAtSystemdAsync(CancellationToken cancellationToken)
    {
        var user = await ShowAsync(["--user"], cancellationToken);
        var system = await ShowAsync([], cancellationToken);
        // A package has the units of both: those that are not used are nobody's concern beside a service that is.
        var (isUser, isSystem) = (IsUsed(user), IsUsed(system));
        return user is null && system is null ? null : [.. isUser || !isSystem ? LookAtUnit(user, "--user ") : [], .. isSystem || !isUser ? LookAtUnit(system, "") : []];
    }

    private static bool IsUsed(IReadOnlyDictionary<string, string>? unit) =>
        unit is not null && (unit.GetValueOrDefault("ActiveState") is not (null or "inactive") || IsEnabled(unit));

    private static bool IsEnabled(IReadOnlyDictionary<string, string> unit) => unit.GetValueOrDefault("UnitFileState") is "enabled" or "enabled-runtime" or "static" or "linked";

    private static async Task<IReadOnlyDictionary<string, string>?> ShowAsync(string[] scope, CancellationToken cancellationToken)
    {
        var output = await OtherCommand.RunAsync("systemctl", [.. scope, "show", "tracker-proxy.service", "--property=LoadState,ActiveState,SubState,UnitFileState,NRestarts"], cancellationToken);
        return output is { ExitCode: 0, Text: var text } ? text.Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1].Trim()) : null;
    }

    private static IEnumerable<Finding> LookAtUnit(IReadOnlyDictionary<string, string>? unit, string scope)
    {
        if (unit?.GetValueOrDefault("LoadState") is null or "not-found")
        {
            yield break;
        }

        var kind = scope.Length > 0 ? "user" : "system";
        yield return unit.GetValueOrDefault("ActiveState") switch
        {
            "active" or "reloading" when IsEnabled(unit) => Finding.Ok(Name, $"the {kind} service runs and is started by systemd{(unit.GetValueOrDefault("NRestarts") is { } restarts and not "0" ? $"; it was restarted {(restarts == "1" ? "once" : $"{restarts} times")}" : "")}"),
            "active" or "reloading" => Finding.Warning(Name, $"the {kind} service runs, and is not started by itself", $"systemctl {scope}enable tracker-proxy"),
            "failed" => Finding.Trouble(Name, $"the {kind} service has failed", $"journalctl {scope}-u tracker-proxy -n 50 -o cat tells why"),
            "activating" => Finding.Warning(Name, $"the {kind} service is starting, or failing again and again", $"journalctl {scope}-u tracker-proxy -n 50 -o cat"),
            _ => Finding.Warning(Name, $"the {kind} service is installed and does not run", $"systemctl {scope}enable --now tracker-proxy"),
        };
    }

    private static async Task<IReadOnlyList<Finding>?> LookAtLaunchdAsync(CancellationToken cancellationToken)
    {
        if (await OtherCommand.RunAsync("id", ["-u"], cancellationToken) is not { ExitCode: 0 } user)
        {
            return null;
        }

        return await OtherCommand.RunAsync("launchctl", ["print", $"gui/{user.Text.Trim()}/tracker.proxy"], cancellationToken) switch
        {
            null => null,
            { ExitCode: not 0 } => [],
            { Text: var text } when text.Contains("state = running", StringComparison.Ordinal) => [Finding.Ok(Name, "the launch agent tracker.proxy runs")],
            _ => [Finding.Warning(Name, "the launch agent tracker.proxy is installed and does not run", "launchctl kickstart gui/$(id -u)/tracker.proxy")],
        };
    }

    private static async Task<IReadOnlyList<Finding>?> LookAtWindowsAsync(Patient patient, CancellationToken cancellationToken) =>
        await OtherCommand.RunAsync("sc.exe", ["query", "tracker-proxy"], cancellationToken) switch
        {
            null => null,
            { ExitCode: not 0 } => [],
            { Text: var text } when text.Contains("RUNNING", StringComparison.Ordinal) => [Finding.Ok(Name, "the Windows service tracker-proxy runs"), .. LookAtMachineSettings(TrackerPaths.MachineSettingsPath())],
            _ =>
            [
                Finding.Warning(Name, "the Windows service tracker-proxy is installed and does not run", $"Start-Service tracker-proxy, in an elevated PowerShell; why it could not start is in {StartFailureFile.In(patient.DataDirectory)}"),
                .. LookAtMachineSettings(TrackerPaths.MachineSettingsPath()),
            ],
        };

    /// <summary>The settings of the Windows service, which are not those of this command.</summary>
    internal static IEnumerable<Finding> LookAtMachineSettings(string file) =>
        TrackerConfiguration.FindFault(file) is { } fault ? [Finding.Trouble(Name, $"the Windows service cannot start with its settings: {fault}", "correct that file, and start the service again: both in elevated windows")] : [];
}
