using System.Text.Json;
using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.Anthropic;

/// <summary>
/// Claude Code names its session in <c>metadata.user_id</c>: since 2.1 as JSON text with a <c>session_id</c>, before as
/// <c>user_…_account_…_session_&lt;uuid&gt;</c> (seen 2026-11).
/// </summary>
internal static class ClaudeCodeUserId
{
    private const string Marker = "_session_";

    // A session asks again and again, and its id stands in JSON within JSON.
    private static volatile Known? _last;

    public static string? SessionOf(JsonScalar userId)
    {
        if (_last is { } last && userId.IsString && !userId.IsCut && userId.Bytes.SequenceEqual(last.UserId))
        {
            return last.Session;
        }

        var session = Read(userId.Text);
        _last = session is null ? _last : new Known(userId.Bytes.ToArray(), session);
        return session;
    }

    private static string? Read(string? userId)
    {
        if (userId is null)
        {
            return null;
        }

        if (!userId.StartsWith('{'))
        {
            var at = userId.LastIndexOf(Marker, StringComparison.Ordinal);
            return at < 0 ? null : NullIfEmpty(userId[(at + Marker.Length)..]);
        }

        try
        {
            using var document = JsonDocument.Parse(userId);
            return document.RootElement.TryGetProperty("session_id", out var session) && session.ValueKind == JsonValueKind.String
                ? NullIfEmpty(session.GetString())
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null; // Any client may put any text there, half of a surrogate pair too.
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private sealed record Known(byte[] UserId, string Session);
}
