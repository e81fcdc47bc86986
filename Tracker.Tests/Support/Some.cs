using Tracker.Storage.Imports;
using Tracker.Storage.Usage;

namespace Tracker.Tests.Support;

/// <summary>Objects of which a test says only what matters, by <c>with</c>.</summary>
internal static class Some
{
    private static int _next;

    public static DateTimeOffset Time { get; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static UsageKey Key(int? number = null)
    {
        var id = $"msg_01TEST{number ?? Interlocked.Increment(ref _next):D18}";
        return UsageKey.TryFromResponseId("anthropic", id, out var key) ? key : throw new InvalidOperationException(id);
    }

    /// <summary>A completed call that the wire saw.</summary>
    public static UsageRecord Usage() => new()
    {
        Key = Key(),
        Evidence = Evidence.Wire,
        Quality = CountQuality.Final,
        Outcome = CallOutcome.Completed,
        OccurredAt = Time,
        Provider = "anthropic",
        ResponseModel = "claude-opus-4-8",
        InputTokens = 1001,
        OutputTokens = 311,
        CacheReadTokens = 20007,
        CacheCreation5mTokens = 3003,
        CacheCreation1hTokens = 505,
    };

    /// <summary>A log that was read up to <paramref name="offset"/>.</summary>
    public static ImportCursor Cursor(string path = "a", long offset = 1, string source = "claude-code") => new()
    {
        Source = source,
        Path = path,
        ModifiedAtTicks = 1,
        Length = 1,
        Offset = offset,
        LineCount = 1,
        Fingerprint = 1,
        HeadLength = 1,
        TailLength = 1,
        RecordCount = 1,
        MalformedCount = 0,
        ImportedAt = Time,
    };
}
