using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Hosting.WindowsServices;

namespace Tracker.Storage.Hosting;

/// <summary>Who has started this process and waits for it to say that it is ready: systemd, or that of Windows.</summary>
public static class ServiceManager
{
    /// <summary>Whether one has, so that standard output is a log.</summary>
    public static bool IsParent { get; } = IsSystemd() || WindowsServiceHelpers.IsWindowsService();

    /// <summary>Tells it how the host is, if it is there.</summary>
    public static IServiceCollection AddServiceManager(this IServiceCollection services)
    {
        services.AddSystemd().AddWindowsService();
        if (IsSystemd() && !SystemdHelpers.IsSystemdService())
        {
            services.AddSingleton<ISystemdNotifier, SystemdNotifier>();
            services.AddSingleton<IHostLifetime, SystemdLifetime>();
        }

        return services;
    }

    // .NET 10 looks at the parent's name in /proc, which ProtectProc=invisible hides; then systemd would wait in vain (dotnet/runtime issue 125368, seen 2026-11-25). Since version 248 systemd
    // says it in a variable.
    private static bool IsSystemd() =>
        SystemdHelpers.IsSystemdService() || Environment.GetEnvironmentVariable("SYSTEMD_EXEC_PID") == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
}
