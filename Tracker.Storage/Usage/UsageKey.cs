using System.Globalization;

namespace Tracker.Storage.Usage;

/// <summary>
/// Identity of a model call: <c>&lt;namespace&gt;:&lt;id&gt;</c>. The namespace comes from the API dialect, never from the route, so that the wire
/// and a client's log build the same key for the same call.
/// </summary>
public readonly record struct UsageKey
{
    /// <summary>Shorter ids (Ollama's <c>chatcmpl-123</c>) repeat, so they identify nothing.</summary>
    public const int ShortestUniqueId = 20;

    private const string Copy = ":copy:";

    private UsageKey(string value) => Value = value;

    /// <summary>The key as stored in <c>usage.usage_key</c>.</summary>
    public string Value { get; }

    /// <summary>What stands before the first colon: the API's dialect, or the client whose log has no other name for the call.</summary>
    internal string Namespace => Value[..Math.Max(0, Value.IndexOf(':', StringComparison.Ordinal))];

    /// <summary>Whether the upstream named the call, so that everybody who saw it knows it by this key.</summary>
    // The index usage_transcript_alone names the same namespaces.
    public bool IsOfUpstream =>
        Value.StartsWith("anthropic:", StringComparison.Ordinal) || Value.StartsWith("openai:", StringComparison.Ordinal) || Value.StartsWith("gemini:", StringComparison.Ordinal)
        || Value.StartsWith("ollama:", StringComparison.Ordinal);

    /// <summary>Whether it stands for all copies of a call (<see cref="OfCopy"/>).</summary>
    public bool IsOfCopy => Value.IndexOf(':', StringComparison.Ordinal) is var at && at >= 0 && Value.AsSpan(at).StartsWith(Copy, StringComparison.Ordinal);

    public override string ToString() => Value;

    /// <summary>The key of a call that the upstream named.</summary>
    /// <param name="dialectNamespace">Such as <c>anthropic</c>.</param>
    /// <param name="responseId">The upstream's response id.</param>
    /// <param name="key">The key.</param>
    /// <returns><see langword="false"/> when the id is missing or too short to be unique.</returns>
    public static bool TryFromResponseId(string dialectNamespace, string? responseId, out UsageKey key)
    {
        if (responseId is null || responseId.Length < ShortestUniqueId)
        {
            key = default;
            return false;
        }

        key = new UsageKey($"{dialectNamespace}:{responseId}");
        return true;
    }

    /// <summary>The key of a run of a model within this call that is a row of its own.</summary>
    /// <param name="kind">What it was for.</param>
    /// <param name="number">Its place among those of its kind, from 1.</param>
    public UsageKey OfIteration(IterationKind kind, int number) => new($"{Value}#{(kind == IterationKind.Compaction ? "compaction" : "advisor")}{number}");

    /// <summary>The key of a call on the wire that has no usable response id, such as a failed one.</summary>
    public static UsageKey OfProxy(DateTimeOffset occurredAt) => new($"proxy:{Guid.CreateVersion7(occurredAt):N}");

    /// <summary>A key as <see cref="Value"/> gave it.</summary>
    public static UsageKey FromStored(string value) => new(value);

    /// <summary>The key of a call in a client's log that has no upstream id.</summary>
    /// <param name="client">The client, such as <c>claude-code</c>.</param>
    /// <param name="stableId">An id that every copy of the log carries.</param>
    public static UsageKey OfTranscript(string client, string stableId) => new($"{client}:{stableId}");

    /// <summary>The key of all copies of a call that its client has made under other ids: made of what they have in common with the call.</summary>
    /// <param name="record">The call or a copy of it.</param>
    public static UsageKey OfCopy(UsageRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var written = (record.CacheCreation5mTokens ?? 0) + (record.CacheCreation1hTokens ?? 0);
        return new(string.Create(
            CultureInfo.InvariantCulture,
            $"{record.Client}{Copy}{record.OccurredAt.ToUnixTimeMilliseconds()}:{record.RequestModel}:{record.InputTokens}:{record.CacheReadTokens ?? 0}:{written}:{record.OutputTokens}"));
    }

    /// <summary>What the keys of a client's copies lie between.</summary>
    internal static (string From, string To) RangeOfCopies(string client) => (client + Copy, $"{client}{Copy[..^1]};");
}
