namespace Tracker.Storage.Pricing;

/// <summary>The prices of one provider by the spelling of the models' names.</summary>
internal sealed class ProviderPrices(string name)
{
    public string Name { get; } = name;

    /// <summary>Providers that are asked next.</summary>
    public List<string> Like { get; } = [];

    /// <summary>Their prices, as this provider's customer pays them.</summary>
    public List<ProviderPrices> Next { get; } = [];

    public Dictionary<string, ModelPrices> Models { get; } = new(StringComparer.Ordinal);
}

/// <summary>The prices of a model, or the models that a name stands for; newest first.</summary>
internal sealed record ModelPrices(string Name, IReadOnlyList<PriceLine> Lines, IReadOnlyList<Price> Prices, IReadOnlyList<(DateOnly? From, string Model)> Aliases);
