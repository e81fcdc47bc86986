using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tracker.Tests.Support;

/// <summary>A real tracker-proxy process on a port of its own, in front of one upstream, and its database.</summary>
internal sealed partial class ProxyUnderTest : IAsyncDisposable
{
    /// <summary>A setting for tests that stop a proxy and then look for all calls: by default what is not stored after some seconds is left to the journal, which a busy machine can bring about.</summary>
    public const string StoresAllAtStop = "Recording:DrainTimeout=00:01:00";

    private readonly TrackerProcess _process;
    private readonly HttpClient _client;

    private ProxyUnderTest(TrackerProcess process, Uri address)
    {
        _process = process;
        Address = address;
        _client = new HttpClient { BaseAddress = address };
    }

    public Uri Address { get; }

    public TrackerProcess Process => _process;

    /// <param name="folder">Holds the database and is the process's home.</param>
    /// <param name="upstream">Anthropic's address.</param>
    /// <param name="cancellationToken">Ends the wait for the start.</param>
    /// <param name="settings">More settings, as <c>Key=value</c>.</param>
    public static Task<ProxyUnderTest> StartAsync(string folder, Uri upstream, CancellationToken cancellationToken, params string[] settings) =>
        StartAsync(folder, upstream, environment: null, cancellationToken, settings);

    /// <inheritdoc cref="StartAsync(string, Uri, CancellationToken, string[])"/>
    /// <param name="folder">Holds the database and is the process's home.</param>
    /// <param name="upstream">Anthropic's address.</param>
    /// <param name="environment">Variables of the process.</param>
    /// <param name="cancellationToken">Ends the wait for the start.</param>
    /// <param name="settings">More settings, as <c>Key=value</c>.</param>
    public static async Task<ProxyUnderTest> StartAsync(
        string folder, Uri upstream, IReadOnlyDictionary<string, string>? environment, CancellationToken cancellationToken, params string[] settings)
    {
        string[] all =
        [
            "Urls=http://127.0.0.1:0",
            $"Storage:DatabasePath={Path.Combine(folder, "tracker.db")}",
            $"Proxy:Providers:anthropic:BaseAddress={upstream.GetLeftPart(UriPartial.Path).TrimEnd('/')}",
            .. settings,
        ];
        var process = TrackerProcess.Start("tracker-proxy", folder, all.Select(setting => "--" + setting), environment);
        try
        {
            var line = await process.WaitForLineAsync(line => ListensOn().IsMatch(line), cancellationToken);
            return new ProxyUnderTest(process, new Uri(ListensOn().Match(line).Groups[1].Value));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>The document of <c>/status</c>.</summary>
    public async Task<JsonElement> GetStatusAsync(CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(await _client.GetStringAsync("/status", cancellationToken));
        return document.RootElement.Clone();
    }

    /// <summary>Waits until so many records are in the database.</summary>
    public Task WaitForStoredAsync(int records, CancellationToken cancellationToken) =>
        WaitForStatusAsync(status => status.GetProperty("stored").GetInt64() + status.GetProperty("set_aside").GetInt64() >= records, cancellationToken);

    /// <summary>Waits until <c>/status</c> shows something, by looking again and again.</summary>
    public async Task<JsonElement> WaitForStatusAsync(Func<JsonElement, bool> isWanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            var status = await GetStatusAsync(cancellationToken);
            if (isWanted(status))
            {
                return status;
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Waits until everything accepted is stored.</summary>
    public Task WaitForAllStoredAsync(CancellationToken cancellationToken) => WaitForStatusAsync(
        status => status.GetProperty("accepted").GetInt64() == status.GetProperty("stored").GetInt64() + status.GetProperty("set_aside").GetInt64(), cancellationToken);

    /// <summary>Stops the proxy as a service manager does.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        _process.Terminate();
        return await _process.WaitForExitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
    }

    [GeneratedRegex(@"listens on (http://127\.0\.0\.1:\d+)")]
    private static partial Regex ListensOn();
}
