using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tracker.Tests.Support;

/// <summary>The deterministic stand-in for the LLM APIs (TestData/fake-upstream) as a Node process, with its ledger of what it served.</summary>
internal sealed partial class FakeUpstream : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _ledger;

    private FakeUpstream(Process process, Uri address, string ledger) => (_process, Address, _ledger) = (process, address, ledger);

    public Uri Address { get; }

    /// <summary>Starts it, or ignores the test where there is no Node.</summary>
    public static async Task<FakeUpstream> StartAsync(string ledger, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "TestData", "fake-upstream", "server.mjs"), "--port", "0", "--ledger", ledger])
        {
            start.ArgumentList.Add(argument);
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("Node.js 20 or later is not installed: the fake upstream cannot run.");
            throw;
        }

        var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? "";
        return new FakeUpstream(process, new Uri(Listening().Match(line).Groups[1].Value), ledger);
    }

    /// <summary>One entry for each billable request so far.</summary>
    public IReadOnlyList<JsonElement> ReadLedger() => File.Exists(_ledger)
        ? [.. File.ReadLines(_ledger).Select(line => JsonDocument.Parse(line).RootElement)]
        : [];

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [GeneratedRegex(@"(http://\S+) ")]
    private static partial Regex Listening();
}
