using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Care;

/// <summary>One run of tracker-importer on a test's database, in a process of its own.</summary>
internal sealed record ImporterRun(int ExitCode, string Output, string Errors)
{
    public JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    public static Task<ImporterRun> OfAsync(TestDatabase database, CancellationToken cancellationToken, params string[] arguments) => OfAsync(database, null, cancellationToken, arguments);

    public static async Task<ImporterRun> OfAsync(TestDatabase database, IReadOnlyDictionary<string, string>? environment, CancellationToken cancellationToken, params string[] arguments)
    {
        await using var importer = TrackerProcess.Start("tracker-importer", database.Folder, [.. arguments, $"--Storage:DatabasePath={database.Path}"], environment);
        var exitCode = await importer.WaitForExitAsync(cancellationToken);
        return new ImporterRun(exitCode, importer.Output, importer.Errors);
    }
}
