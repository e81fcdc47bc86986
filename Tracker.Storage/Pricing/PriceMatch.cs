namespace Tracker.Storage.Pricing;

/// <summary>How a model's name led to a price.</summary>
public enum MatchStep
{
    /// <summary>The provider's prices have that very name.</summary>
    Exact,

    /// <summary>It is another name of a model, from a file's aliases.</summary>
    Alias,

    /// <summary>It is the same name when case, prefixes, region, version of the deployment, date and effort are left out.</summary>
    Normalized,

    /// <summary>It is that name with words such as <c>preview</c> behind it.</summary>
    Release,

    /// <summary>The provider has one price for whatever it runs.</summary>
    Any,
}

/// <summary>The prices that a model's name leads to.</summary>
public sealed record PriceMatch
{
    public required MatchStep Step { get; init; }

    /// <summary>Whose prices they are; another than the one asked for where a provider charges what another does.</summary>
    public required string Provider { get; init; }

    public required string Model { get; init; }

    /// <summary>The prices: newest day first, within a day those for some hours first.</summary>
    public required IReadOnlyList<Price> Prices { get; init; }

    /// <summary>The models that an alias stands for, newest day first; empty without one.</summary>
    internal IReadOnlyList<(DateOnly? From, PriceMatch? Target)> Aliases { get; init; } = [];

    /// <returns>Null: it has none at that moment.</returns>
    public Price? At(DateTimeOffset at)
    {
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        foreach (var (from, target) in Aliases)
        {
            if (from is null || from <= day)
            {
                return target?.At(at);
            }
        }

        if (Aliases.Count > 0)
        {
            return null; // What the name meant before its first day is not known.
        }

        foreach (var price in Prices)
        {
            if (price.AppliesOn(day))
            {
                // The newest day decides; of its prices, that of the hour.
                return At(at, price.From);
            }
        }

        return null;
    }

    private Price? At(DateTimeOffset at, DateOnly? from)
    {
        foreach (var price in Prices)
        {
            if (price.From == from && price.AppliesAt(at))
            {
                return price;
            }
        }

        return null;
    }
}
