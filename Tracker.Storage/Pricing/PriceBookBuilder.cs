namespace Tracker.Storage.Pricing;

/// <summary>Puts files together, the lower layers first, and says everything that is wrong with them.</summary>
internal sealed class PriceBookBuilder
{
    private const int MostFaultsTold = 10;

    private readonly Dictionary<string, ProviderPrices> _providers = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Discount> _discounts = [];
    private readonly List<string> _faults = [];

    public void Add(PriceFile file, string name, PriceLayer layer)
    {
        if (file.Provider is { } owner)
        {
            var prices = Provider(owner);
            prices.Like.AddRange(file.Like);
            foreach (var other in file.AlsoCalled)
            {
                _names[other] = prices.Name;
            }
        }

        var lines = file.Prices.Select((line, index) => (Line: line, Place: $"{name}: price {index + 1} ({line.Model ?? "without a model"})")).ToList();
        foreach (var model in lines.GroupBy(line => (Provider: Provider(line.Line.Provider, file), Model: ModelName.Spelling(line.Line.Model ?? ""))))
        {
            if (model.Key.Provider is not { } provider || model.Key.Model.Length == 0)
            {
                _faults.AddRange(model.Select(line => $"{line.Place} must have a 'model' and a 'provider'"));
                continue;
            }

            var own = model.Select(line => (Line: line.Line with { Provider = provider.Name }, line.Place)).ToList();
            provider.Models[model.Key.Model] = new ModelPrices(own[0].Line.Model!, [.. own.Select(line => line.Line)], Compile(provider.Name, own, file, layer), []);
        }

        foreach (var alias in file.Aliases.GroupBy(line => (Provider: Provider(line.Provider, file), Name: ModelName.Spelling(line.Name ?? ""))))
        {
            AddAlias(alias.Key.Provider, alias.Key.Name, [.. alias], name);
        }
    }

    /// <summary>What a user pays of list prices. To be called when all files are there.</summary>
    public void ApplyDiscounts(PriceFile file, string name)
    {
        foreach (var (line, number) in file.Discounts.Select((line, index) => (line, index + 1)))
        {
            if ((line.Provider ?? file.Provider) is not { } provider || line.Times is not { } times || times is < 0 or > 100)
            {
                _faults.Add($"{name}: discount {number} must name a 'provider' and 'times', from 0 to 100");
                continue;
            }

            var discount = new Discount(_names.GetValueOrDefault(provider, provider), line.Model is { } model ? ModelName.Spelling(model) : null, times);
            _discounts.Add(discount);
            if (!HasPriceFor(discount))
            {
                _faults.Add($"{name}: discount {number} ({provider}{(line.Model is null ? "" : $"/{line.Model}")}) is for no price there is; names are as 'tracker-importer prices list' has them");
            }
        }

        // First those that another provider charges too: they are made of list prices.
        foreach (var provider in _providers.Values.Where(provider => _discounts.Exists(discount => discount.IsOf(provider) || provider.Like.Exists(like => discount.IsOf(like)))))
        {
            provider.Next.AddRange(provider.Like.Where(_providers.ContainsKey).Select(like => Discounted(_providers[like], provider, name)));
        }

        foreach (var provider in _providers.Values.Where(provider => _discounts.Exists(discount => discount.IsOf(provider))))
        {
            foreach (var (spelling, model) in Discounted(provider, provider, name).Models)
            {
                provider.Models[spelling] = model;
            }
        }
    }

    /// <exception cref="PriceFileException">Something in the files is wrong.</exception>
    public PriceBook Build(string hash)
    {
        if (_faults.Count > 0)
        {
            var more = _faults.Count > MostFaultsTold ? $"{Environment.NewLine}… and {_faults.Count - MostFaultsTold} more" : "";
            throw new PriceFileException(string.Join(Environment.NewLine, _faults.Take(MostFaultsTold)) + more);
        }

        foreach (var provider in _providers.Values.Where(provider => provider.Next.Count == 0))
        {
            provider.Next.AddRange(provider.Like.Where(_providers.ContainsKey).Select(like => _providers[like]));
        }

        return new PriceBook(_providers, _names, hash);
    }

    // One and the same whatever its name is written like: what a file has of a model belongs together.
    private ProviderPrices? Provider(string? name, PriceFile file) => (name ?? file.Provider) is { } known ? Provider(known) : null;

    private ProviderPrices Provider(string name)
    {
        name = _names.GetValueOrDefault(name, name);
        if (!_providers.TryGetValue(name, out var provider))
        {
            _providers[name] = provider = new ProviderPrices(name);
        }

        return provider;
    }

    private Price[] Compile(string provider, List<(PriceLine Line, string Place)> lines, PriceFile file, PriceLayer layer)
    {
        foreach (var twice in lines.GroupBy(line => (line.Line.From, line.Line.Hours)).Where(same => same.Count() > 1))
        {
            _faults.Add($"{twice.Last().Place} is there twice for the same days");
        }

        var prices = new List<Price>();
        foreach (var (line, place) in lines)
        {
            try
            {
                prices.Add(new Price(Id(provider, line, layer), line, Source(line, file)));
            }
            catch (Exception exception) when (exception is FormatException or OverflowException)
            {
                _faults.Add($"{place}: {exception.Message}");
            }
        }

        return [.. prices.OrderByDescending(price => price.From ?? DateOnly.MinValue).ThenByDescending(price => price.IsForHours)];
    }

    private bool HasPriceFor(Discount discount) =>
        _providers.TryGetValue(discount.Provider, out var provider)
        && provider.Like.Select(like => _providers.GetValueOrDefault(like)).Prepend(provider).OfType<ProviderPrices>()
            .Any(prices => discount.Model is null ? prices.Models.Count > 0 : prices.Models.TryGetValue(discount.Model, out var model) && model.Aliases.Count == 0);

    // The prices as they are for calls to a provider, whose own they need not be.
    private ProviderPrices Discounted(ProviderPrices prices, ProviderPrices asked, string name)
    {
        var discounted = new ProviderPrices(prices.Name);
        foreach (var (spelling, model) in prices.Models)
        {
            var discounts = _discounts.Where(discount => discount.IsOf(asked) && (discount.Model ?? spelling) == spelling).ToList();
            try
            {
                var factor = discounts.Aggregate(1m, (factor, discount) => factor * discount.Times);
                discounted.Models[spelling] = factor == 1 ? model : model with { Prices = [.. model.Prices.Select(price => price.Discounted(factor))] };
            }
            catch (Exception exception) when (exception is FormatException or OverflowException)
            {
                _faults.Add($"{name}: the discount on {asked.Name}/{model.Name}: {exception.Message}");
            }
        }

        return discounted;
    }

    private void AddAlias(ProviderPrices? provider, string name, List<AliasLine> lines, string file)
    {
        if (provider is null || name.Length == 0 || lines.Exists(line => string.IsNullOrWhiteSpace(line.Model)))
        {
            _faults.Add($"{file}: an alias must have a 'name', a 'model' and a 'provider' ({name})");
            return;
        }

        try
        {
            var steps = lines.Select(line => (From: line.From is { } from ? Price.ParseDay(from) : (DateOnly?)null, Model: line.Model!)).OrderByDescending(step => step.From ?? DateOnly.MinValue);
            provider.Models[name] = new ModelPrices(lines[0].Name!, [], [], [.. steps]);
        }
        catch (FormatException exception)
        {
            _faults.Add($"{file}: alias {name}: {exception.Message}");
        }
    }

    private static string Id(string provider, PriceLine line, PriceLayer layer)
    {
        var origin = layer switch { PriceLayer.Own => "own:", PriceLayer.Refreshed => "refreshed:", _ => "" };
        return $"{origin}{provider}/{line.Model}{(line.From is { } from ? $"@{from}" : "")}{(line.Hours is null ? "" : "+hours")}";
    }

    private static string Source(PriceLine line, PriceFile file) => line.Source is not { } source
        ? file.About ?? "not told"
        : string.Join("; ", source.Split('+').Select(key => file.Sources?.GetValueOrDefault(key) ?? key));

    private sealed record Discount(string Provider, string? Model, decimal Times)
    {
        public bool IsOf(ProviderPrices prices) => IsOf(prices.Name);

        public bool IsOf(string provider) => Provider.Equals(provider, StringComparison.OrdinalIgnoreCase);
    }
}
