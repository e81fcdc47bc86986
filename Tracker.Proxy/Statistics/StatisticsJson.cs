using System.Text.Json.Serialization;
using Tracker.Proxy.Forwarding;

namespace Tracker.Proxy.Statistics;

internal sealed record StatusDocument
{
    public required string Version { get; init; }

    public required string Database { get; init; }

    /// <summary>Accepted records in memory that are not stored yet, those in the writer's hands included: a batch more than the queue takes.</summary>
    public required int QueueDepth { get; init; }

    public required int QueueCapacity { get; init; }

    public required long Accepted { get; init; }

    public required long Stored { get; init; }

    public required long Dropped { get; init; }

    public required long SetAside { get; init; }

    /// <summary>Records of earlier runs that were stored from the journal at the start.</summary>
    public required long Recovered { get; init; }

    /// <summary>Accepted records that wait in the journal alone.</summary>
    public required long Spilled { get; init; }

    /// <summary>Room that the journal takes on the disk.</summary>
    public required long JournalBytes { get; init; }

    public required string JournalState { get; init; }

    public string? JournalReason { get; init; }

    /// <summary>Calls whose answers have not ended.</summary>
    public required long OpenCalls { get; init; }

    public required long DatabaseBytes { get; init; }

    /// <summary>Size of the database's log.</summary>
    public required long WalBytes { get; init; }

    public required string WriterState { get; init; }

    public required DateTimeOffset WriterStateSince { get; init; }

    public string? WriterReason { get; init; }

    public DateTimeOffset? LastStore { get; init; }

    public DateTimeOffset? LastImport { get; init; }

    /// <summary>Models whose calls have tokens and no cost, those with the most calls first.</summary>
    public required IReadOnlyList<UnpricedDocument> UnpricedModels { get; init; }

    /// <summary>Answered POSTs and opened WebSockets that make no row, since the start, those with the most calls first.</summary>
    public required IReadOnlyList<UnreadCall> UnreadCalls { get; init; }

    /// <summary>What is wrong with the user's price files; null: nothing.</summary>
    public string? PricesError { get; init; }

    /// <summary>Why the database could not be asked for <see cref="LastImport"/> and <see cref="UnpricedModels"/>; null when it could.</summary>
    public string? DatabaseError { get; init; }
}

/// <summary>A model without a price, and why.</summary>
internal sealed record UnpricedDocument(string? Provider, string? Model, long Calls, DateTimeOffset LastAt, string Why);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(StatusDocument))]
internal sealed partial class StatisticsJson : JsonSerializerContext;
