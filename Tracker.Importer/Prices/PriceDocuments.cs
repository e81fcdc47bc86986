using System.Text.Json.Serialization;
using Tracker.Storage.Pricing;

namespace Tracker.Importer.Prices;

/// <summary>What <c>prices list</c> and <c>prices show</c> tell of a model.</summary>
internal sealed record ModelDocument(string Provider, string Model, string? Match, string? PricedAs, IReadOnlyList<PriceDocument> Prices);

internal sealed record PriceDocument(string Id, DateOnly? From, string? Hours, bool InForce, string? Unpriced, decimal? WebSearch, IReadOnlyList<PriceFigures> Figures, string Source);

/// <summary>What a refresh brought.</summary>
internal sealed record RefreshDocument(string From, string File, int Models, IReadOnlyList<PriceChange> Changes);

/// <summary>What <c>reprice</c> did, or would do.</summary>
internal sealed record RepriceReport(bool DryRun, long Calls, IReadOnlyList<RepricedModel> Models);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<ModelDocument>))]
[JsonSerializable(typeof(RefreshDocument))]
[JsonSerializable(typeof(RepriceReport))]
internal sealed partial class PriceJson : JsonSerializerContext;
