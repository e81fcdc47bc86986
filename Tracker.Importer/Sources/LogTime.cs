using System.Globalization;

namespace Tracker.Importer.Sources;

/// <summary>The times that clients write: ISO 8601, UTC unless they say otherwise.</summary>
internal static class LogTime
{
    /// <exception cref="FormatException">It is none.</exception>
    public static DateTimeOffset Parse(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : throw new FormatException("has no valid timestamp");
}
