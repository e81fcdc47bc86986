using System.Globalization;

namespace Tracker.Storage.Pricing;

/// <summary>Puts files together, the lower layers first, and says everything that is wrong with them.</summary>
internal sealed class PriceBookBuilder
{
    private const int MostFaultsTold = 10;

    private readonly Dictionary<string, ProviderPrices> _providers = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Provider, string? Model, decimal Times)> _discounts = [];
    private readonly List<string> _faults = [];

    /// <summary>What a user pays of a list price. To be added before the files it is for.</summary>
    public void AddDiscounts(PriceFile file, string name)
    {
        foreach (var (line, number) in file.Discounts.Select((line, index) => (line, index + 1)))
        {
            if ((line.Provider ?? file.Provider) is not { } provider || line.Times is not { } times || times is < 0 or > 100)
            {
                _faults.Add($"{name}: discount {number} must name a 'provider' and 'times', from 0 to 100");
                continue;
            }

            _discounts.Add((provider, line.Model is { } model ? ModelName.Spelling(model) : null, times));
        }
    }

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
        foreach (var model in lines.GroupBy(line => (Provider: line.Line.Provider ?? file.Provider, Model: ModelName.Spelling(line.Line.Model ?? ""))))
        {
            if (model.Key.Provider is null || model.Key.Model.Length == 0)
            {
                _faults.AddRange(model.Select(line => $"{line.Place} must have a 'model' and a 'provider'"));
                continue;
            }

            var provider = Provider(model.Key.Provider);
            var own = model.Select(line => (Line: line.Line with { Provider = provider.Name }, line.Place)).ToList();
            provider.Models[model.Key.Model] = new ModelPrices(own[0].Line.Model!, [.. own.Select(line => line.Line)], Compile(provider.Name, model.Key.Model, own, file, layer), []);
        }

        foreach (var alias in file.Aliases.GroupBy(line => (Provider: line.Provider ?? file.Provider, Name: ModelName.Spelling(line.Name ?? ""))))
        {
            AddAlias(alias.Key.Provider, alias.Key.Name, [.. alias], name);
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

        return new PriceBook(_providers, _names, hash);
    }

    private ProviderPrices Provider(string name)
    {
        name = _names.GetValueOrDefault(name, name);
        if (!_providers.TryGetValue(name, out var provider))
        {
            _providers[name] = provider = new ProviderPrices(name);
        }

        return provider;
    }

    private Price[] Compile(string provider, string spelling, List<(PriceLine Line, string Place)> lines, PriceFile file, PriceLayer layer)
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
                var factor = FactorOf(provider, spelling);
                prices.Add(new Price(Id(provider, line, layer, factor), line, Source(line, file), factor));
            }
            catch (Exception exception) when (exception is FormatException or OverflowException)
            {
                _faults.Add($"{place}: {exception.Message}");
            }
        }

        return [.. prices.OrderByDescending(price => price.From ?? DateOnly.MinValue).ThenByDescending(price => price.IsForHours)];
    }

    /// <exception cref="OverflowException">Many discounts are for the same model.</exception>
    private decimal FactorOf(string provider, string spelling)
    {
        var factor = 1m;
        foreach (var discount in _discounts.Where(discount => _names.GetValueOrDefault(discount.Provider, discount.Provider).Equals(provider, StringComparison.OrdinalIgnoreCase) && (discount.Model ?? spelling) == spelling))
        {
            factor *= discount.Times;
        }

        return factor;
    }

    private void AddAlias(string? provider, string name, List<AliasLine> lines, string file)
    {
        if (provider is null || name.Length == 0 || lines.Exists(line => string.IsNullOrWhiteSpace(line.Model)))
        {
            _faults.Add($"{file}: an alias must have a 'name', a 'model' and a 'provider' ({name})");
            return;
        }

        try
        {
            var steps = lines.Select(line => (From: line.From is { } from ? Price.ParseDay(from) : (DateOnly?)null, Model: line.Model!)).OrderByDescending(step => step.From ?? DateOnly.MinValue);
            Provider(provider).Models[name] = new ModelPrices(lines[0].Name!, [], [], [.. steps]);
        }
        catch (FormatException exception)
        {
            _faults.Add($"{file}: alias {name}: {exception.Message}");
        }
    }

    private static string Id(string provider, PriceLine line, PriceLayer layer, decimal factor)
    {
        var origin = layer switch { PriceLayer.Own => "own:", PriceLayer.Refreshed => "refreshed:", _ => "" };
        var discount = factor == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"*{factor}");
        return $"{origin}{provider}/{line.Model}{(line.From is { } from ? $"@{from}" : "")}{(line.Hours is null ? "" : "+hours")}{discount}";
    }

    private static string Source(PriceLine line, PriceFile file) => line.Source is not { } source
        ? file.About ?? "not told"
        : string.Join("; ", source.Split('+').Select(key => file.Sources?.GetValueOrDefault(key) ?? key));
}
