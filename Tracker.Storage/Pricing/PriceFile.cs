using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracker.Storage.Pricing;

/// <summary>The shape of a price file: one of <c>Prices/*.json</c>, the user's own, or the refreshed one. Explained to users in docs/prices.md.</summary>
internal sealed record PriceFile
{
    public string? About { get; init; }

    /// <summary>The day that what is in it was looked up; a refreshed file older than the embedded ones is not used.</summary>
    public string? AsOf { get; init; }

    /// <summary>The provider of every line that names none.</summary>
    public string? Provider { get; init; }

    /// <summary>Other names under which calls to this provider are stored.</summary>
    public IReadOnlyList<string> AlsoCalled { get; init => field = [.. (value ?? []).OfType<string>()]; } = [];

    /// <summary>Providers that are asked next about a model that this one has no price for.</summary>
    public IReadOnlyList<string> Like { get; init => field = [.. (value ?? []).OfType<string>()]; } = [];

    /// <summary>What the short names in <see cref="PriceLine.Source"/> stand for.</summary>
    public IReadOnlyDictionary<string, string>? Sources { get; init; }

    public IReadOnlyList<PriceLine> Prices { get; init => field = Entries.Of(value); } = [];

    public IReadOnlyList<AliasLine> Aliases { get; init => field = Entries.Of(value); } = [];

    public IReadOnlyList<DiscountLine> Discounts { get; init => field = Entries.Of(value); } = [];
}

/// <summary>What some tokens cost, in USD per million.</summary>
internal record RatesLine
{
    public decimal? Input { get; init; }

    public decimal? CacheRead { get; init; }

    [JsonPropertyName("cache_creation_5m")]
    public decimal? CacheCreation5m { get; init; }

    [JsonPropertyName("cache_creation_1h")]
    public decimal? CacheCreation1h { get; init; }

    public decimal? Output { get; init; }
}

/// <summary>One price of one model.</summary>
internal sealed record PriceLine : RatesLine
{
    public string? Provider { get; init; }

    /// <summary>As the provider calls it; <c>*</c>, alone or at the front, stands for any text.</summary>
    public string? Model { get; init; }

    /// <summary>The first day (UTC), as <c>2026-08-21</c>; left out: from the beginning.</summary>
    public string? From { get; init; }

    /// <summary>Hours of the day (UTC) that have this price, as <c>mon-fri 01:00-04:00 06:00-10:00</c>; the line without hours is for the rest.</summary>
    public string? Hours { get; init; }

    /// <summary>Why the model has no price; no figures then.</summary>
    public string? Unpriced { get; init; }

    /// <summary>USD for one web search.</summary>
    public decimal? WebSearch { get; init; }

    /// <summary>USD for a request, whatever its size.</summary>
    public decimal? Request { get; init; }

    public IReadOnlyList<BandLine>? Bands { get; init => field = value is null ? null : Entries.Of(value); }

    /// <summary>By the word in the answer: <c>batch</c>, <c>flex</c>, <c>priority</c>; <c>fast</c> for the speed of that name.</summary>
    public IReadOnlyDictionary<string, TierLine?>? Tiers { get; init; }

    /// <summary>What US-only inference multiplies the price of tokens with.</summary>
    public decimal? Us { get; init; }

    public string? Source { get; init; }
}

/// <summary>The prices of a whole request whose total input is above a size. Without figures they are unknown.</summary>
internal sealed record BandLine : RatesLine
{
    public long Above { get; init; }
}

/// <summary>The prices of a service tier: figures of its own, or a factor on the standard ones. With own figures and no own bands, long requests have no price.</summary>
internal sealed record TierLine : RatesLine
{
    public decimal? Times { get; init; }

    public IReadOnlyList<BandLine>? Bands { get; init => field = value is null ? null : Entries.Of(value); }
}

/// <summary>Another name of a model, perhaps from a day on.</summary>
internal sealed record AliasLine
{
    public string? Provider { get; init; }

    public string? Name { get; init; }

    public string? Model { get; init; }

    public string? From { get; init; }
}

/// <summary>What the user pays of the list price: a factor, for one model or a whole provider.</summary>
internal sealed record DiscountLine
{
    public string? Provider { get; init; }

    public string? Model { get; init; }

    public decimal? Times { get; init; }
}

/// <summary>The serializer lets an entry of a list be null whatever its type says. Such a one is taken as an empty one, which lacks what every entry must have: the book says which.</summary>
file static class Entries
{
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T>? list)
        where T : class, new() => [.. (list ?? []).Select(entry => entry ?? new T())];
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PriceFile))]
[JsonSerializable(typeof(PriceLine))]
[JsonSerializable(typeof(AliasLine))]
internal sealed partial class PriceFileJson : JsonSerializerContext;
