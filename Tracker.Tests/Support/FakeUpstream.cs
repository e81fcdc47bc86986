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

    private static string RecordOf(string ledger) => ledger + ".requests";

    public Uri Address { get; }

    /// <summary>Starts it, or ignores the test where there is no Node.</summary>
    /// <param name="ledger">The file of its ledger.</param>
    /// <param name="cancellationToken">Ends the wait for the start.</param>
    /// <param name="arguments">More of its arguments.</param>
    public static async Task<FakeUpstream> StartAsync(string ledger, CancellationToken cancellationToken, params string[] arguments)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "TestData", "fake-upstream", "server.mjs"), "--port", "0", "--ledger", ledger, "--record", RecordOf(ledger), .. arguments])
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

    /// <summary>
    /// Every request as it came, in order: the method, the target, the headers by name without regard to case and with the values of one name in their
    /// order, and the body. What belongs to one connection is left out.
    /// </summary>
    public IReadOnlyList<string> ReadRequests() => [.. Directory.GetFiles(RecordOf(_ledger)).Order(StringComparer.Ordinal).Select(path =>
    {
        using var request = JsonDocument.Parse(File.ReadAllText(path));
        var headers = request.RootElement.GetProperty("headers").EnumerateArray()
            .Select(pair => (Name: pair[0].GetString()!.ToLowerInvariant(), Value: pair[1].GetString()))
            .Where(header => header.Name is not ("host" or "connection"))
            .GroupBy(header => header.Name, header => header.Value).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key}: {string.Join(" | ", group)}");
        return $"{request.RootElement.GetProperty("method")} {request.RootElement.GetProperty("url")}\n{string.Join('\n', headers)}\n\n{request.RootElement.GetProperty("body").GetRawText()}";
    })];

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [GeneratedRegex(@"(http://\S+) ")]
    private static partial Regex Listening();
}
