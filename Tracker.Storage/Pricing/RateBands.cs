namespace Tracker.Storage.Pricing;

/// <summary>The rates of a request by its size.</summary>
internal sealed class RateBands
{
    private readonly TokenRates _rates;
    private readonly (long Above, TokenRates? Rates)[] _bands;

    private RateBands(TokenRates rates, (long Above, TokenRates? Rates)[] bands) => (_rates, _bands) = (rates, bands);

    /// <exception cref="FormatException">A figure or a threshold is wrong.</exception>
    public static RateBands From(RatesLine line, IReadOnlyList<BandLine> bands, decimal factor)
    {
        var rates = TokenRates.From(line, factor);
        var compiled = bands.Select(band => (band.Above, Rates: band.Input is null ? null : TokenRates.From(band, factor))).ToArray();
        if (compiled.Any(band => band.Above <= 0) || compiled.Zip(compiled.Skip(1)).Any(pair => pair.First.Above >= pair.Second.Above))
        {
            throw new FormatException("'above' of the bands must be greater than 0 and grow");
        }

        return new RateBands(rates, compiled);
    }

    /// <summary>The thresholds and their rates, the first without a threshold.</summary>
    public IEnumerable<(long Above, TokenRates? Rates)> All => _bands.Prepend((0, _rates));

    /// <returns>The rates for all tokens of a request with that total input; null: unknown.</returns>
    public TokenRates? For(long totalInputTokens)
    {
        var rates = _rates;
        foreach (var band in _bands)
        {
            if (totalInputTokens <= band.Above)
            {
                break;
            }

            rates = band.Rates;
        }

        return rates;
    }
}
