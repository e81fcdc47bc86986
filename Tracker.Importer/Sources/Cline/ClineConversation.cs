using System.Text;
using System.Text.Json;

namespace Tracker.Importer.Sources.Cline;

/// <summary>What <c>api_conversation_history.json</c>, beside a task's <c>ui_messages.json</c>, tells of the task in the details of the environment that are sent to the model.</summary>
/// <param name="Model">The model, if the task names one and no second.</param>
/// <param name="Project">The working directory.</param>
internal sealed record ClineConversation(string? Model, string? Project)
{
    private const int LongestValue = 1000;

    /// <param name="folder">The task's.</param>
    public static ClineConversation Read(string folder)
    {
        if (ClientFile.TryReadAll(Path.Combine(folder, "api_conversation_history.json")) is not { } content)
        {
            return new ClineConversation(null, null);
        }

        var models = Between(content, "<model>"u8, "</model>"u8, stopAtSecond: true);
        // The list of its files follows; a folder's name may have parentheses, too.
        var projects = ProjectsBefore(content, ") Files"u8).Concat(ProjectsBefore(content, ")"u8));
        return new ClineConversation(models.Count == 1 ? models[0] : null, projects.FirstOrDefault(IsAbsolute));
    }

    private static List<string> ProjectsBefore(ReadOnlySpan<byte> content, ReadOnlySpan<byte> behind) =>
    [
        .. Between(content, "# Current Working Directory ("u8, behind, stopAtSecond: false), .. Between(content, "# Current Workspace Directory ("u8, behind, stopAtSecond: false),
    ];

    /// <summary>The different texts between two marks; the first alone, or up to the second.</summary>
    private static List<string> Between(ReadOnlySpan<byte> content, ReadOnlySpan<byte> before, ReadOnlySpan<byte> behind, bool stopAtSecond)
    {
        var found = new List<string>();
        while (found.Count < (stopAtSecond ? 2 : 1) && content.IndexOf(before) is var start and >= 0)
        {
            content = content[(start + before.Length)..];
            var end = content[..Math.Min(content.Length, LongestValue)].IndexOf(behind);
            if (end > 0 && Unescape(content[..end]) is { } text && !found.Contains(text))
            {
                found.Add(text);
            }
        }

        return found;
    }

    // With several folders in one workspace its name stands there instead. The system may be another one than this.
    private static bool IsAbsolute(string path) => (path.StartsWith('/') || path.StartsWith('\\') || (path.Length > 2 && path[1] == ':')) && !path.Contains('\n');

    // It stands within a text in JSON.
    private static string? Unescape(ReadOnlySpan<byte> text)
    {
        try
        {
            using var json = JsonDocument.Parse($"\"{Encoding.UTF8.GetString(text)}\"");
            return json.RootElement.GetString();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
