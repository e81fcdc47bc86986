using Microsoft.Playwright;

namespace Tracker.Tests.Support;

/// <summary>A Chromium that is installed on this machine, without a window. Tests are skipped where there is none.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "chrome", "msedge"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    public static async Task<Browser> StartAsync()
    {
        var executable = Find();
        if (executable is null)
        {
            Assert.Ignore($"No Chromium is installed here (looked for {string.Join(", ", Names)} on the PATH). Install one to run this test.");
        }

        Assertions.SetDefaultExpectTimeout(30_000); // Five seconds are little beside other tests on two cores.
        var playwright = await Playwright.CreateAsync();
        // As root, which CI is, Chromium's sandbox does not start.
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = executable, Args = ["--no-sandbox", "--disable-gpu"] });
        return new Browser(playwright, browser);
    }

    /// <summary>A fresh profile.</summary>
    public Task<IBrowserContext> NewContextAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280, string timeZone = "UTC") => _browser.NewContextAsync(new BrowserNewContextOptions
    {
        ColorScheme = scheme,
        ViewportSize = new ViewportSize { Width = width, Height = 900 },
        Locale = "en-US",
        TimezoneId = timeZone,
    });

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private static string? Find() => (
        from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        from name in Names
        let path = Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name)
        where File.Exists(path)
        select path).FirstOrDefault();
}
