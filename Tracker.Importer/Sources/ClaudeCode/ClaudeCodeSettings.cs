using System.Text.Json;

namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>What Claude Code's own settings say of its logs.</summary>
internal static class ClaudeCodeSettings
{
    private const string Cleanup = "cleanupPeriodDays";

    // code.claude.com/docs/en/settings, read 2026-11: sessions that were not used for longer are deleted at start-up.
    private const int DefaultDays = 30;

    /// <param name="configFolder">Such as <c>~/.claude</c>.</param>
    public static LogRetention RetentionIn(string configFolder)
    {
        var file = Path.Combine(configFolder, "settings.json");
        var days = ReadDays(file);
        return new LogRetention(days ?? DefaultDays, days is null, Cleanup, file);
    }

    private static int? ReadDays(string file)
    {
        try
        {
            using var json = JsonDocument.Parse(ClientFile.TryReadAll(file) ?? "{}"u8.ToArray(), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return json.RootElement.Count(Cleanup) is { } days and <= int.MaxValue ? (int)days : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
