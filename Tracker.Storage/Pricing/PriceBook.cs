using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Tracker.Storage.Pricing;

/// <summary>The list prices that ship with Tracker. A model it does not know has no price; nothing is guessed.</summary>
public sealed class PriceBook
{
    private const decimal NanoPerTokenInUsdPerMillion = 1_000m;
    private const decimal NanoInUsd = 1_000_000_000m;
    private readonly FrozenDictionary<(string Provider, string Model), Price[]> _prices;

    private PriceBook(PriceBookFile file) =>
        _prices = file.Prices
            .SelectMany(entry => entry.Models.Select(model => (Key: (entry.Provider, model), Price: ToPrice(entry))))
            .GroupBy(pair => pair.Key)
            .ToFrozenDictionary(group => group.Key, group => group.Select(pair => pair.Price).OrderByDescending(price => price.From).ToArray());

    /// <summary>The book embedded in this program.</summary>
    public static PriceBook Embedded { get; } = Load();

    /// <summary>What the call costs at the list price of its day.</summary>
    public Cost CostOf(in PricedCall call)
    {
        if (call.Failed && !call.HasCounts)
        {
            return new Cost(0, null);
        }

        if (!call.HasCounts || call.Provider is null || call.Model is null || IsNotPricedYet(call) || Find(call.Provider, call.Model, call.OccurredAt) is not { } price)
        {
            return default;
        }

        try
        {
            return new Cost(price.CostOf(call), price.Id);
        }
        catch (OverflowException)
        {
            // Counts that no model produces; the row keeps them, the cost is unknown.
            return default;
        }
    }

    private Price? Find(string provider, string model, DateTimeOffset at)
    {
        if (!_prices.TryGetValue((provider, model), out var prices) && !_prices.TryGetValue((provider, WithoutDate(model)), out prices))
        {
            return null;
        }

        var day = DateOnly.FromDateTime(at.UtcDateTime);
        return Array.Find(prices, price => price.From is null || price.From <= day);
    }

    /// <summary><c>claude-sonnet-4-5-20250929</c> has the price of <c>claude-sonnet-4-5</c>.</summary>
    private static string WithoutDate(string model) =>
        model.Length > 9 && model[^9] == '-' && model.AsSpan()[^8..].IndexOfAnyExceptInRange('0', '9') < 0 ? model[..^9] : model;

    private static bool IsNotPricedYet(in PricedCall call) => call.Speed == "fast" || call.InferenceGeo == "us";

    private static Price ToPrice(PriceBookEntry entry) => new()
    {
        Id = entry.Id,
        From = entry.From is { } from ? DateOnly.ParseExact(from, "yyyy-MM-dd", CultureInfo.InvariantCulture) : null,
        Rates = new TokenRates(Rate(entry.Input), Rate(entry.Output), Rate(entry.CacheRead), Rate(entry.CacheCreation5m), Rate(entry.CacheCreation1h)),
        LongContextAbove = entry.LongContext?.AboveTotalInputTokens,
        LongContextRates = entry.LongContext is { } band
            ? new TokenRates(Rate(band.Input), Rate(band.Output), Rate(band.CacheRead), Rate(band.CacheCreation5m), Rate(band.CacheCreation1h))
            : null,
        WebSearch = Whole(entry.WebSearch * NanoInUsd),
    };

    private static long Rate(decimal usdPerMillion) => Whole(usdPerMillion * NanoPerTokenInUsdPerMillion);

    private static long Whole(decimal nanoUsd) =>
        decimal.IsInteger(nanoUsd) ? (long)nanoUsd : throw new FormatException($"prices.json: {nanoUsd} nano-USD is not a whole number.");

    private static PriceBook Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("prices.json")!;
        return new PriceBook(JsonSerializer.Deserialize(stream, PriceBookJson.Default.PriceBookFile)!);
    }
}
