using System.Collections.Frozen;
using System.Globalization;

namespace Tracker.Storage.Pricing;

/// <summary>One price of one model: its rates by tier, size and region, its fees, and when it applies.</summary>
public sealed class Price
{
    private const decimal UnitsInUsd = 1_000_000_000_000_000_000m;
    private const decimal UnitsInNanoUsd = 1_000_000_000m;
    private const string Standard = "";

    private readonly FrozenDictionary<string, RateBands> _tiers;
    private readonly FrozenDictionary<string, RateBands>? _usTiers;
    private readonly long _webSearch;
    private readonly long _request;
    private readonly bool _hasWebSearch;
    private readonly DailyHours? _hours;
    private readonly string _listId;

    /// <exception cref="FormatException">Something in the line is wrong.</exception>
    /// <exception cref="OverflowException">It and its factors are each possible, and together they are not.</exception>
    internal Price(string id, PriceLine line, string source, decimal factor = 1)
    {
        Id = factor == 1 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}*{factor}");
        (_listId, Line, Source, Unpriced, HoursText) = (id, line, source, line.Unpriced, line.Hours);
        From = line.From is { } from ? ParseDay(from) : null;
        _hours = line.Hours is { } hours ? DailyHours.Parse(hours) : null;
        _tiers = FrozenDictionary<string, RateBands>.Empty;
        if (Unpriced is not null)
        {
            return;
        }

        _tiers = Compile(line, factor);
        _usTiers = line.Us is { } us ? Compile(line, factor * InRange(us, "us")) : null;
        _hasWebSearch = line.WebSearch is not null;
        (_webSearch, _request) = (Fee(line.WebSearch, factor, "web_search"), Fee(line.Request, factor, "request"));
    }

    /// <summary>What a row's <c>price_id</c> holds: <c>provider/model</c>, <c>@</c> and the first day if it has one, <c>+hours</c> if it is for some hours only, <c>*</c> and what is paid of it.</summary>
    public string Id { get; }

    /// <summary>As the file has it.</summary>
    internal PriceLine Line { get; }

    /// <summary>Where the figures are from.</summary>
    public string Source { get; }

    /// <summary>First day it applies (UTC); null: from the beginning.</summary>
    public DateOnly? From { get; }

    /// <summary>The hours of the day it is for; null: all that no other price of that day is for.</summary>
    public string? HoursText { get; }

    /// <summary>Why there are no figures; null when there are.</summary>
    public string? Unpriced { get; }

    /// <summary>The figures in USD per million tokens, a line for each tier and size.</summary>
    public IReadOnlyList<PriceFigures> Figures =>
    [
        .. from tier in _tiers.OrderBy(tier => tier.Key, StringComparer.Ordinal)
           from band in tier.Value.All
           select new PriceFigures(
               tier.Key == Standard ? null : tier.Key, band.Above == 0 ? null : band.Above, TokenRates.Usd(band.Rates?.Input), TokenRates.Usd(band.Rates?.CacheRead),
               TokenRates.Usd(band.Rates?.CacheCreation5m), TokenRates.Usd(band.Rates?.CacheCreation1h), TokenRates.Usd(band.Rates?.Output)),
    ];

    /// <summary>USD for one web search; null: unknown.</summary>
    public decimal? WebSearch => _hasWebSearch ? _webSearch / UnitsInUsd : null;

    /// <summary>This list price for one who pays so much of it.</summary>
    /// <exception cref="FormatException">The product has too many decimals.</exception>
    /// <exception cref="OverflowException">The product is too large.</exception>
    internal Price Discounted(decimal factor) => new(_listId, Line, Source, factor);

    internal bool AppliesOn(DateOnly day) => From is null || From <= day;

    internal bool AppliesAt(DateTimeOffset at) => _hours is null || _hours.Contain(at);

    /// <summary>Whether it is for some hours of a day only.</summary>
    internal bool IsForHours => _hours is not null;

    /// <returns>Null when the cost is unknown, with the reason.</returns>
    internal CostBreakdown? Calculate(in PricedCall call, out string? why)
    {
        why = Unpriced;
        if (Unpriced is not null || RatesFor(call, ref why) is not { } rates)
        {
            return null;
        }

        if ((rates.Output is null && call.OutputTokens > 0) || (rates.CacheCreation5m is null && call.CacheCreation5mTokens > 0)
            || (rates.CacheCreation1h is null && call.CacheCreation1hTokens > 0) || (!_hasWebSearch && call.WebSearchRequests > 0))
        {
            why = "the price of a part of it is unknown";
            return null;
        }

        var fees = (decimal)(Times(call.WebSearchRequests, _webSearch) + _request);
        var output = Nano(call.OutputTokens, rates.Output);
        return new CostBreakdown
        {
            Input = Nano(call.InputTokens, rates.Input),
            CacheRead = Nano(call.CacheReadTokens, rates.CacheRead),
            CacheCreation5m = Nano(call.CacheCreation5mTokens, rates.CacheCreation5m),
            CacheCreation1h = Nano(call.CacheCreation1hTokens, rates.CacheCreation1h),
            Output = output,
            Fees = fees / UnitsInNanoUsd,
            Uncached = Nano(call.TotalInputTokens, rates.Input) + output + (fees / UnitsInNanoUsd),
        };
    }

    /// <summary>The rounded cost alone, without an allocation.</summary>
    /// <exception cref="OverflowException">The counts are such that no <see langword="long"/> holds the cost.</exception>
    internal long? NanoUsdOf(in PricedCall call)
    {
        string? why = null;
        if (Unpriced is not null || RatesFor(call, ref why) is not { } rates || (rates.Output is null && call.OutputTokens > 0)
            || (rates.CacheCreation5m is null && call.CacheCreation5mTokens > 0) || (rates.CacheCreation1h is null && call.CacheCreation1hTokens > 0)
            || (!_hasWebSearch && call.WebSearchRequests > 0))
        {
            return null;
        }

        var units = Times(call.InputTokens, rates.Input) + Times(call.CacheReadTokens, rates.CacheRead) + Times(call.CacheCreation5mTokens, rates.CacheCreation5m)
            + Times(call.CacheCreation1hTokens, rates.CacheCreation1h) + Times(call.OutputTokens, rates.Output) + Times(call.WebSearchRequests, _webSearch) + _request;
        return checked((long)((units + 500_000_000) / 1_000_000_000));
    }

    internal static DateOnly ParseDay(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        ? day
        : throw new FormatException($"'from' is '{text}'; it must be a day such as 2026-08-21");

    private TokenRates? RatesFor(in PricedCall call, ref string? why)
    {
        var tiers = CallTerms.IsEverywhere(call.InferenceGeo) ? _tiers : CallTerms.IsUs(call.InferenceGeo) ? _usTiers : null;
        if (tiers is null)
        {
            why = $"the price of inference in '{call.InferenceGeo}' is unknown";
            return null;
        }

        if (CallTerms.TierOf(Line.Provider, call.ServiceTier, call.Speed) is not { } tier || !tiers.TryGetValue(tier, out var bands))
        {
            why = $"the price of service tier '{call.ServiceTier}' with speed '{call.Speed}' is unknown";
            return null;
        }

        var rates = bands.For(call.TotalInputTokens);
        why = rates is null ? "the price of so long a request is unknown" : null;
        return rates;
    }

    private static FrozenDictionary<string, RateBands> Compile(PriceLine line, decimal factor)
    {
        var bands = line.Bands ?? [];
        var tiers = new Dictionary<string, RateBands>(StringComparer.Ordinal) { [Standard] = RateBands.From(line, bands, factor) };
        foreach (var (name, tier) in line.Tiers ?? new Dictionary<string, TierLine?>())
        {
            if (tier is null || tier.Times is null == tier.Input is null)
            {
                throw new FormatException($"the tier '{name}' must have either 'times' or figures of its own");
            }

            // Own figures are for requests of the usual size: whether the tier takes longer ones, and at what price, is told by own bands alone.
            tiers[name] = tier.Times is { } times
                ? RateBands.From(line, bands, factor * InRange(times, $"times' of the tier '{name}"))
                : RateBands.From(tier, tier.Bands ?? [.. bands.Select(band => new BandLine { Above = band.Above })], factor);
        }

        return tiers.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static decimal InRange(decimal factor, string name) =>
        factor is >= 0 and <= 100 ? factor : throw new FormatException($"'{name}' is {factor}; it must be from 0 to 100");

    private static long Fee(decimal? usd, decimal factor, string name) => usd switch
    {
        null => 0,
        < 0 or > 9 => throw new FormatException($"'{name}' is {usd}; it must be from 0 to 9 USD"),
        _ => decimal.IsInteger(usd.Value * factor * UnitsInUsd) ? (long)(usd.Value * factor * UnitsInUsd) : throw new FormatException($"'{name}' has too many decimals"),
    };

    private static Int128 Times(long? count, long? rate) => (Int128)(count ?? 0) * (rate ?? 0);

    private static decimal Nano(long? count, long? rate) => (decimal)Times(count, rate) / UnitsInNanoUsd;
}
