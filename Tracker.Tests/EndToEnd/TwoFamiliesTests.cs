using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>An upstream with an IPv6 address to which nothing comes through, as api.anthropic.com has where a network's IPv6 is broken (anthropics/claude-code#20240).</summary>
public sealed class TwoFamiliesTests
{
    [Test, CancelAfter(120_000)]
    public async Task IPv4_is_taken_where_IPv6_is_silent(CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        await File.WriteAllTextAsync(folder.File("hosts"), "127.0.0.1 localhost\n::1 dual.test\n127.0.0.1 dual.test\n", cancellationToken);
        // With a file of hosts of its own.
        string[] under = [.. (string[])(Environment.UserName == "root" ? ["unshare", "--mount"] : ["unshare", "--map-root-user", "--mount"]), "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", folder.File("hosts")];
        if (!OperatingSystem.IsLinux() || !Socket.OSSupportsIPv6 || !Commands.CanRun([.. under, "true"]))
        {
            Assert.Ignore("Needs Linux with IPv6, and a namespace for mounts.");
        }

        await using var upstream = await KestrelUpstream.StartAsync(context => context.Response.WriteAsync("hello", context.RequestAborted), cancellationToken);
        using var silent = new SilentListener(new IPEndPoint(IPAddress.IPv6Loopback, upstream.Address.Port));
        await using var process = TrackerProcess.Start(
            "tracker-proxy",
            folder.Path,
            ["--Urls=http://127.0.0.1:0", $"--Storage:DatabasePath={folder.File("tracker.db")}", $"--Proxy:Providers:anthropic:BaseAddress=http://dual.test:{upstream.Address.Port}"],
            under: under);
        var started = await process.WaitForLineAsync(line => line.Contains("listens on http://", StringComparison.Ordinal), cancellationToken);
        var address = new Uri(started[started.IndexOf("http://", StringComparison.Ordinal)..].Split(' ', ',', ';')[0]);
        using var client = new HttpClient();
        var clock = Stopwatch.StartNew();

        var answer = await client.GetStringAsync(new Uri(address, "/v1/x"), cancellationToken);

        Assert.That(answer, Is.EqualTo("hello"));
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)), "the limit for connecting is 30 s");
    }
}
