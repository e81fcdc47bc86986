using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Doctor;

/// <summary>One run of <c>tracker-proxy doctor --json</c>, in a process of its own.</summary>
internal sealed record DoctorRun(int ExitCode, IReadOnlyList<(string Check, string Verdict, string Message, string? Advice)> Findings, string Output)
{
    /// <param name="home">The process's home.</param>
    /// <param name="arguments">Besides <c>doctor --json</c>.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    public static async Task<DoctorRun> RunAsync(string home, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        await using var process = TrackerProcess.Start("tracker-proxy", home, ["doctor", "--json", .. arguments]);
        var exitCode = await process.WaitForExitAsync(cancellationToken);
        Assert.That(process.Errors, Is.Empty);
        using var document = JsonDocument.Parse(process.Output);
        return new DoctorRun(
            exitCode,
            [.. document.RootElement.GetProperty("findings").EnumerateArray().Select(finding => (Text(finding, "check")!, Text(finding, "verdict")!, Text(finding, "message")!, Text(finding, "advice")))],
            process.Output);
    }

    /// <summary>The doctor of a proxy under test.</summary>
    public static Task<DoctorRun> OfAsync(ProxyUnderTest proxy, TestDatabase database, CancellationToken cancellationToken, params string[] arguments) =>
        RunAsync(database.Folder, [$"--Urls={proxy.Address}", $"--Storage:DatabasePath={database.Path}", .. arguments], cancellationToken);

    /// <summary>The doctor of a data directory whose proxy does not run.</summary>
    public static Task<DoctorRun> OfAsync(TestDatabase database, CancellationToken cancellationToken, params string[] arguments) =>
        RunAsync(database.Folder, ["--Urls=http://127.0.0.1:1", $"--Storage:DatabasePath={database.Path}", .. arguments], cancellationToken);

    /// <summary>The finding of a check that says this.</summary>
    public (string Verdict, string? Advice) Find(string check, string message)
    {
        var found = Findings.Where(finding => finding.Check == check && finding.Message.Contains(message, StringComparison.Ordinal)).ToList();
        Assert.That(found, Has.Count.EqualTo(1), $"{check}: {message}\n{Output}");
        return (found[0].Verdict, found[0].Advice);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
