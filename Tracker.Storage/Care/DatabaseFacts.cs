using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;

namespace Tracker.Storage.Care;

/// <summary>What somebody who looks after a database wants to know of its content.</summary>
public sealed record DatabaseFacts
{
    public required long Calls { get; init; }

    /// <summary>Providers whose calls the proxy has seen since the beginning of the asked time, the latest first.</summary>
    public required IReadOnlyList<SeenName> Providers { get; init; }

    /// <summary>Clients of calls since then, by who saw them, the latest first.</summary>
    public required IReadOnlyList<SeenClient> Clients { get; init; }

    /// <summary>Calls that are said to be later than now.</summary>
    public required long CallsFromTheFuture { get; init; }

    public required DateTimeOffset? LastImport { get; init; }

    public required IReadOnlyList<ImportedSource> Sources { get; init; }

    /// <summary>Those with the most calls first, no more than <see cref="DatabaseExamination.MostUnpricedModels"/>.</summary>
    public required IReadOnlyList<UnpricedModel> UnpricedModels { get; init; }
}

/// <summary>A name in the calls' rows, and when it was last there.</summary>
public sealed record SeenName(string Name, DateTimeOffset LastAt);

/// <summary>A client, and when the wire and a log last saw it; null: not since the beginning of the asked time.</summary>
public sealed record SeenClient(string Name, DateTimeOffset? OnWire, DateTimeOffset? InLogs);
