using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Reflection;

namespace Tracker.Storage.Pricing;

/// <summary>The prices of models, by provider. A model it does not know has no price; nothing is guessed. How a name is matched: docs/adr/0014-prices.md.</summary>
public sealed class PriceBook
{
    // Names of models come from the network; what is remembered of them is bounded.
    private const int MostRemembered = 4096;
    private const int MostAliasSteps = 4;
    private const string EmbeddedFolder = "Prices/";

    private static readonly Lazy<PriceBook> EmbeddedBook = new(() => With(null, null));

    private static readonly Lazy<string> EmbeddedBookHash = new(() =>
    {
        var hash = new XxHash128();
        foreach (var file in ReadEmbedded())
        {
            hash.Append(file.Json);
        }

        return ToText(hash);
    });

    /// <summary>The newest day of the embedded files.</summary>
    internal static DateOnly EmbeddedAsOf => ReadEmbedded().Select(file => PriceFileReader.Read(file.Json, file.Name).AsOf).OfType<string>().Select(Price.ParseDay).Max();

    private readonly Dictionary<string, ProviderPrices> _providers;
    private readonly Dictionary<string, string> _names;
    private readonly ConcurrentDictionary<(string Provider, string Model), PriceMatch?> _remembered = new();
    private Found? _lastFound;

    internal PriceBook(Dictionary<string, ProviderPrices> providers, Dictionary<string, string> names, string hash) =>
        (_providers, _names, Hash) = (providers, names, hash);

    /// <summary>The book that ships with this program.</summary>
    public static PriceBook Embedded => EmbeddedBook.Value;

    /// <summary><see cref="Hash"/> of the embedded book, which need not be read for it.</summary>
    internal static string EmbeddedHash => EmbeddedBookHash.Value;

    /// <summary>Tells one book from another: two with the same hash give every call the same cost.</summary>
    public string Hash { get; }

    /// <summary>The cost of the call at the price of its day.</summary>
    public Cost CostOf(in PricedCall call)
    {
        if (!call.HasBothCounts)
        {
            return call is { Failed: true, HasCounts: false } ? new Cost(0, null) : default;
        }

        try
        {
            return Find(call.Provider, call.Model)?.At(call.OccurredAt) is { } price && price.NanoUsdOf(call) is { } cost ? new Cost(cost, price.Id) : default;
        }
        catch (OverflowException)
        {
            // Counts that no model produces; the row keeps them, the cost is unknown.
            return default;
        }
    }

    /// <summary>The same with all that led to it.</summary>
    public CostExplanation Explain(in PricedCall call)
    {
        if (!call.HasBothCounts)
        {
            return new CostExplanation { Why = WhyUncounted(call) };
        }

        if (Find(call.Provider, call.Model) is not { } match)
        {
            return new CostExplanation { Why = "no price is known for this model at this provider" };
        }

        if (match.At(call.OccurredAt) is not { } price)
        {
            return new CostExplanation { Match = match, Why = "no price is known for this model on that day" };
        }

        try
        {
            var breakdown = price.Calculate(call, out var why);
            return new CostExplanation { Match = match, Price = price, Breakdown = breakdown, Why = why };
        }
        catch (OverflowException)
        {
            return new CostExplanation { Match = match, Price = price, Why = "its counts are absurd" };
        }
    }

    /// <summary>Why calls of a model have no cost.</summary>
    public string WhyUnpriced(UnpricedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Provider is null || model.Model is null)
        {
            return model.Provider is null ? "its provider is unknown" : "its model is unknown";
        }

        return Find(model.Provider, model.Model) is not { } match ? "no price is known for this model at this provider"
            : match.At(model.LastAt) is not { } price ? "no price is known for this model on that day"
            : price.Unpriced ?? "the price of its service tier, speed, region or size is unknown, or one of its counts";
    }

    /// <summary>What a model's name leads to, at whatever time.</summary>
    /// <returns>Null: nothing.</returns>
    public PriceMatch? Find(string? provider, string? model)
    {
        if (string.IsNullOrEmpty(provider) || string.IsNullOrEmpty(model))
        {
            return null;
        }

        // Calls come in rows of one model, and its name is mostly the same object.
        if (_lastFound is { } last && ReferenceEquals(last.Provider, provider) && ReferenceEquals(last.Model, model))
        {
            return last.Match;
        }

        if (!_remembered.TryGetValue((provider, model), out var match))
        {
            match = _providers.TryGetValue(_names.GetValueOrDefault(provider, provider), out var prices) ? Find(prices, model, MostAliasSteps) : null;
            if (_remembered.Count < MostRemembered)
            {
                _remembered.TryAdd((provider, model), match);
            }
        }

        _lastFound = new Found(provider, model, match);
        return match;
    }

    /// <summary>Every model that has prices, by its provider.</summary>
    public IEnumerable<PriceMatch> All =>
        from provider in _providers.Values.OrderBy(provider => provider.Name, StringComparer.Ordinal)
        from model in provider.Models.Values.OrderBy(model => model.Name, StringComparer.Ordinal)
        where model.Aliases.Count == 0
        select new PriceMatch { Step = MatchStep.Exact, Provider = provider.Name, Model = model.Name, Prices = model.Prices };

    /// <summary>The embedded prices with files above them.</summary>
    /// <param name="refreshed">The text of the refreshed file and what messages call it.</param>
    /// <param name="own">The same of the user's file.</param>
    /// <exception cref="PriceFileException">One of the files is wrong.</exception>
    internal static PriceBook With((byte[] Json, string Name)? refreshed, (byte[] Json, string Name)? own)
    {
        var hash = new XxHash128();
        var builder = new PriceBookBuilder();
        var ownFile = own is { } given ? Read(given, hash) : null;
        foreach (var file in ReadEmbedded())
        {
            builder.Add(Read(file, hash), file.Name, PriceLayer.Embedded);
        }

        if (refreshed is { } file2)
        {
            builder.Add(Read(file2, hash), file2.Name, PriceLayer.Refreshed);
        }

        if (ownFile is not null)
        {
            builder.Add(ownFile, own!.Value.Name, PriceLayer.Own);
            builder.ApplyDiscounts(ownFile, own.Value.Name);
        }

        return builder.Build(ToText(hash));
    }

    /// <summary>A model's own prices, without the rules of matching.</summary>
    internal ModelPrices? FindModel(string provider, string spelling) =>
        _providers.TryGetValue(provider, out var prices) && prices.Models.TryGetValue(spelling, out var model) && model.Aliases.Count == 0 ? model : null;

    internal static IEnumerable<(byte[] Json, string Name)> ReadEmbedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(EmbeddedFolder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var content = new MemoryStream();
            stream.CopyTo(content);
            yield return (content.ToArray(), name[EmbeddedFolder.Length..]);
        }
    }

    private static string WhyUncounted(in PricedCall call) =>
        call.HasCounts ? $"its {(call.InputTokens is null ? "input" : "output")} tokens are unknown"
        : call.Failed ? "it failed without using a token"
        : "its tokens are unknown";

    private static string ToText(XxHash128 hash) => Convert.ToHexStringLower(hash.GetCurrentHash())[..16];

    private static PriceFile Read((byte[] Json, string Name) file, XxHash128 hash)
    {
        hash.Append(file.Json);
        return PriceFileReader.Read(file.Json, file.Name);
    }

    private static PriceMatch? Find(ProviderPrices prices, string model, int aliasSteps)
    {
        foreach (var candidate in prices.Next.Prepend(prices))
        {
            if (FindIn(candidate, model, aliasSteps) is { } match)
            {
                return match;
            }
        }

        return null;
    }

    private static PriceMatch? FindIn(ProviderPrices provider, string model, int aliasSteps)
    {
        var spelling = ModelName.Spelling(model);
        // On Bedrock a region in front of the name has a price of its own.
        var names = ModelName.WithoutPrefixes(spelling, keepRegion: provider.Name == "bedrock").ToList();
        foreach (var name in names.SelectMany(ModelName.Shorten))
        {
            if (provider.Models.TryGetValue(name, out var found))
            {
                return Match(provider, found, found.Name == model ? MatchStep.Exact : MatchStep.Normalized, aliasSteps);
            }
        }

        foreach (var name in names.SelectMany(name => ModelName.BeforeReleaseWords(ModelName.Shorten(name).Last())))
        {
            if (provider.Models.TryGetValue(name, out var found))
            {
                return Match(provider, found, MatchStep.Release, aliasSteps);
            }
        }

        var any = provider.Models.Where(pair => pair.Key[0] == '*' && spelling.EndsWith(pair.Key[1..], StringComparison.Ordinal)).OrderByDescending(pair => pair.Key.Length);
        return any.FirstOrDefault().Value is { } forAll ? Match(provider, forAll, MatchStep.Any, aliasSteps) : null;
    }

    private static PriceMatch? Match(ProviderPrices provider, ModelPrices model, MatchStep step, int aliasSteps)
    {
        if (model.Aliases.Count == 0)
        {
            return new PriceMatch { Step = step, Provider = provider.Name, Model = model.Name, Prices = model.Prices };
        }

        // Aliases that lead in a circle lead nowhere.
        var targets = aliasSteps == 0 ? [] : model.Aliases.Select(alias => (alias.From, Target: Find(provider, alias.Model, aliasSteps - 1))).ToList();
        return targets.Exists(target => target.Target is not null)
            ? new PriceMatch { Step = MatchStep.Alias, Provider = provider.Name, Model = model.Name, Prices = targets.First(target => target.Target is not null).Target!.Prices, Aliases = targets }
            : null;
    }

    private sealed record Found(string Provider, string Model, PriceMatch? Match);
}
