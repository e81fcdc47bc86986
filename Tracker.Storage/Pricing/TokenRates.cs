namespace Tracker.Storage.Pricing;

/// <summary>
/// Prices of one token of each kind, in 10⁻¹⁸ USD: $1 per million tokens is 10¹². So small a unit holds every price that vendors publish as a whole
/// number, and nothing is rounded before the cost of a call is.
/// </summary>
internal sealed record TokenRates
{
    /// <summary>Units in $1 per million tokens.</summary>
    private const decimal UnitsInUsdPerMillion = 1_000_000_000_000m;

    public required long Input { get; init; }

    /// <summary>A provider without a price for it bills cached tokens as input.</summary>
    public required long CacheRead { get; init; }

    /// <summary>Null: the provider bills by lifetime, and this one's price is unknown.</summary>
    public required long? CacheCreation5m { get; init; }

    /// <inheritdoc cref="CacheCreation5m"/>
    public required long? CacheCreation1h { get; init; }

    /// <summary>Null: unknown, or the model gives none.</summary>
    public required long? Output { get; init; }

    /// <exception cref="FormatException">A figure is missing, negative, or has too many decimals.</exception>
    public static TokenRates From(RatesLine line, decimal factor)
    {
        var input = Units(line.Input ?? throw new FormatException("'input' is missing"), factor, "input");
        var creation5m = Units(line.CacheCreation5m, factor, "cache_creation_5m");
        var creation1h = Units(line.CacheCreation1h, factor, "cache_creation_1h");
        var hasCreation = creation5m is not null || creation1h is not null;
        return new TokenRates
        {
            Input = input,
            CacheRead = Units(line.CacheRead, factor, "cache_read") ?? input,
            CacheCreation5m = hasCreation ? creation5m : input,
            CacheCreation1h = hasCreation ? creation1h : input,
            Output = Units(line.Output, factor, "output"),
        };
    }

    /// <summary>In USD per million tokens.</summary>
    public static decimal? Usd(long? units) => units / UnitsInUsdPerMillion;

    private static long? Units(decimal? usdPerMillion, decimal factor, string name) => usdPerMillion is { } usd ? Units(usd, factor, name) : null;

    private static long Units(decimal usdPerMillion, decimal factor, string name)
    {
        if (usdPerMillion is < 0 or > 1_000_000)
        {
            throw new FormatException($"'{name}' is {usdPerMillion}; it must be from 0 to 1000000 USD per million tokens");
        }

        var units = usdPerMillion * factor * UnitsInUsdPerMillion;
        return decimal.IsInteger(units) && units <= long.MaxValue
            ? (long)units
            : throw new FormatException($"'{name}' is {usdPerMillion} (times {factor}); it must have at most twelve decimals");
    }
}
