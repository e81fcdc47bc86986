using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tracker.Storage.Pricing;

/// <summary>
/// Reads the public price tables that can be refreshed from. Taken are models billed by text tokens at providers that the embedded book knows; fields that no
/// price line has room for (audio, images, pages) leave their model out, because its cost would be a guess.
/// </summary>
internal static partial class PublicPriceTable
{
    private static readonly Dictionary<string, string> GenaiProviders = new(StringComparer.Ordinal)
    {
        ["anthropic"] = "anthropic",
        ["openai"] = "openai",
        ["google"] = "gemini",
        ["deepseek"] = "deepseek",
        ["x-ai"] = "xai",
        ["mistral"] = "mistral",
        ["groq"] = "groq",
        ["cohere"] = "cohere",
        ["cerebras"] = "cerebras",
        ["together"] = "together",
        ["fireworks"] = "fireworks",
        ["moonshotai"] = "moonshotai",
        ["zai"] = "zai",
        ["minimax"] = "minimax",
    };

    private static readonly Dictionary<string, string> LiteLlmProviders = new(StringComparer.Ordinal)
    {
        ["anthropic"] = "anthropic",
        ["openai"] = "openai",
        ["gemini"] = "gemini",
        ["deepseek"] = "deepseek",
        ["xai"] = "xai",
        ["mistral"] = "mistral",
        ["groq"] = "groq",
        ["cohere_chat"] = "cohere",
        ["cerebras"] = "cerebras",
        ["together_ai"] = "together",
        ["fireworks_ai"] = "fireworks",
        ["moonshot"] = "moonshotai",
        ["zai"] = "zai",
        ["minimax"] = "minimax",
        ["bedrock_converse"] = "bedrock",
        ["bedrock"] = "bedrock",
    };

    /// <exception cref="PriceFileException">It is none of the known tables, or a price in it is no number.</exception>
    public static IReadOnlyList<PriceLine> Read(ReadOnlySpan<byte> json, string name)
    {
        try
        {
            var reader = new Utf8JsonReader(json.StartsWith("\uFEFF"u8) ? json[3..] : json);
            using var document = JsonDocument.ParseValue(ref reader);
            var lines = document.RootElement switch
            {
                { ValueKind: JsonValueKind.Array } table => ReadGenai(table),
                { ValueKind: JsonValueKind.Object } table when table.TryGetProperty("sample_spec", out _) || table.EnumerateObject().Any(model => model.Value.ValueKind == JsonValueKind.Object && model.Value.TryGetProperty("litellm_provider", out _)) => ReadLiteLlm(table),
                _ => throw new PriceFileException($"{name}: it is neither genai-prices' data.json nor LiteLLM's model_prices_and_context_window.json. Nothing was changed."),
            };
            // A model that is there twice, under two spellings, is taken once.
            return [.. lines.DistinctBy(line => (line.Provider, ModelName.Spelling(line.Model!), line.From))];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new PriceFileException($"{name}: {exception.Message} Nothing was changed.", exception);
        }
    }

    // [{ "id": provider, "models": [{ "id", "match": { "or": [{ "equals": name }, { "starts_with": name } …] }, "prices": {…} or [{ "constraint", "prices" } …] }] }]
    private static IEnumerable<PriceLine> ReadGenai(JsonElement table) =>
        from provider in table.EnumerateArray()
        where GenaiProviders.ContainsKey(provider.GetProperty("id").GetString()!)
        from model in provider.GetProperty("models").EnumerateArray()
        where !IsDeprecated(model)
        let periods = ReadPeriods(model.GetProperty("prices")).ToList()
        where periods.TrueForAll(period => period is not null)
        from name in NamesOf(model)
        where !IsOfAnotherVendor(provider.GetProperty("id").GetString()!, name)
        from period in periods
        select period with { Provider = GenaiProviders[provider.GetProperty("id").GetString()!], Model = name };

    private static bool IsDeprecated(JsonElement model) => model.TryGetProperty("deprecated", out var deprecated) && deprecated.ValueKind == JsonValueKind.True;

    // Claude at Google is Vertex, whose prices have regions.
    private static bool IsOfAnotherVendor(string provider, string name) => (provider == "google") != (name.StartsWith("gemini", StringComparison.Ordinal) || name.StartsWith("gemma", StringComparison.Ordinal)) && provider == "google";

    private static IEnumerable<string> NamesOf(JsonElement model)
    {
        var names = Leaves(model.GetProperty("match")).Where(leaf => leaf.Name == "equals" && !DatedName().IsMatch(leaf.Value)).Select(leaf => leaf.Value).ToList();
        var id = model.GetProperty("id").GetString()!;
        return (names.Count == 0 || Leaves(model.GetProperty("match")).Any(leaf => leaf.Name == "starts_with" && leaf.Value == id) ? names.Prepend(id) : names).Distinct();
    }

    private static IEnumerable<(string Name, string Value)> Leaves(JsonElement match)
    {
        foreach (var member in match.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (var leaf in member.Value.EnumerateArray().SelectMany(Leaves))
                {
                    yield return leaf;
                }
            }
            else if (member.Value.ValueKind == JsonValueKind.String)
            {
                yield return (member.Name, member.Value.GetString()!);
            }
        }
    }

    private static IEnumerable<PriceLine?> ReadPeriods(JsonElement prices)
    {
        if (prices.ValueKind != JsonValueKind.Array)
        {
            yield return ReadGenaiPrice(prices, null);
            yield break;
        }

        foreach (var period in prices.EnumerateArray())
        {
            var constraint = period.TryGetProperty("constraint", out var value) && value.ValueKind == JsonValueKind.Object ? value : (JsonElement?)null;
            var from = constraint is { } given && given.TryGetProperty("start_date", out var start) ? start.GetString() : null;
            yield return constraint is not null && from is null ? null : ReadGenaiPrice(period.GetProperty("prices"), from);
        }
    }

    private static PriceLine? ReadGenaiPrice(JsonElement prices, string? from)
    {
        var rates = new Dictionary<string, (decimal Base, List<(long Above, decimal Price)> Tiers)>(StringComparer.Ordinal);
        foreach (var member in prices.EnumerateObject())
        {
            switch (member.Name)
            {
                case "input_mtok" or "output_mtok" or "cache_read_mtok" or "cache_write_mtok" or "cache_write_1h_mtok" or "web_searches_kcount":
                    rates[member.Name] = member.Value.ValueKind == JsonValueKind.Object
                        ? (member.Value.GetProperty("base").GetDecimal(), [.. member.Value.GetProperty("tiers").EnumerateArray().Select(tier => (tier.GetProperty("start").GetInt64(), tier.GetProperty("price").GetDecimal()))])
                        : (member.Value.GetDecimal(), []);
                    break;
                case "storage_searches_kcount": // Of files that were stored; no row tells of them.
                    break;
                default:
                    return null;
            }
        }

        if (!rates.ContainsKey("input_mtok"))
        {
            return null;
        }

        var bands = rates.Values.SelectMany(rate => rate.Tiers.Select(tier => tier.Above)).Distinct().Order()
            .Select(above => Line(new BandLine { Above = above }, key => rates.TryGetValue(key, out var rate) ? rate.Tiers.LastOrDefault(tier => tier.Above <= above, (0, rate.Base)).Item2 : null)).ToList();
        return Line(new PriceLine { From = from, Source = "genai-prices", WebSearch = rates.TryGetValue("web_searches_kcount", out var searches) ? searches.Base / 1000 : null, Bands = bands.Count == 0 ? null : bands },
            key => rates.TryGetValue(key, out var rate) ? rate.Base : null);
    }

    private static T Line<T>(T line, Func<string, decimal?> rate)
        where T : RatesLine => line with
        {
            Input = rate("input_mtok"),
            CacheRead = rate("cache_read_mtok"),
            CacheCreation5m = rate("cache_write_mtok"),
            CacheCreation1h = rate("cache_write_1h_mtok"),
            Output = rate("output_mtok"),
        };

    // { "provider/model": { "litellm_provider", "mode", "input_cost_per_token", "input_cost_per_token_above_200k_tokens" … } }
    private static IEnumerable<PriceLine> ReadLiteLlm(JsonElement table) =>
        from model in table.EnumerateObject()
        where model.Value.ValueKind == JsonValueKind.Object && model.Value.TryGetProperty("litellm_provider", out var provider) && LiteLlmProviders.ContainsKey(provider.GetString()!)
        where model.Value.TryGetProperty("mode", out var mode) && mode.GetString() is "chat" or "completion" or "responses" or "embedding"
        let line = ReadLiteLlmPrice(model.Value)
        where line is not null && !DatedName().IsMatch(model.Name)
        let owner = LiteLlmProviders[model.Value.GetProperty("litellm_provider").GetString()!]
        select line with { Provider = owner, Model = WithoutRoute(model.Name, model.Value.GetProperty("litellm_provider").GetString()!) };

    private static string WithoutRoute(string name, string provider) => name.StartsWith(provider + "/", StringComparison.Ordinal) ? name[(provider.Length + 1)..] : name;

    private static PriceLine? ReadLiteLlmPrice(JsonElement model)
    {
        if (model.EnumerateObject().Any(member => Unbillable().IsMatch(member.Name)) || PerMillion(model, "input_cost_per_token") is not { } input)
        {
            return null;
        }

        var bands = model.EnumerateObject().Select(member => Above().Match(member.Name)).Where(match => match.Success).Select(match => match.Groups[1].Value).Distinct()
            .Select(size => (Size: size, Above: long.Parse(size[..^1], System.Globalization.CultureInfo.InvariantCulture) * 1000)).OrderBy(band => band.Above)
            .Select(band => LiteLlmRates(new BandLine { Above = band.Above }, model, $"_above_{band.Size}_tokens")).Where(band => band.Input is not null).ToList();
        return LiteLlmRates(new PriceLine { Source = "LiteLLM", Bands = bands.Count == 0 ? null : bands }, model, "") with { Input = input };
    }

    private static T LiteLlmRates<T>(T line, JsonElement model, string suffix)
        where T : RatesLine => line with
        {
            Input = PerMillion(model, "input_cost_per_token" + suffix),
            CacheRead = PerMillion(model, "cache_read_input_token_cost" + suffix) ?? (suffix.Length == 0 ? PerMillion(model, "input_cost_per_token_cache_hit") : null),
            CacheCreation5m = PerMillion(model, "cache_creation_input_token_cost" + suffix),
            CacheCreation1h = PerMillion(model, "cache_creation_input_token_cost_above_1hr" + suffix),
            Output = PerMillion(model, "output_cost_per_token" + suffix),
        };

    // Nine decimals are more than any price per million has, and leave out what the division of somebody's script added. A decimal keeps the zeros at its end; divided, it has none.
    private static decimal? PerMillion(JsonElement model, string name) =>
        model.TryGetProperty(name, out var cost) && cost.ValueKind == JsonValueKind.Number ? Math.Round(decimal.Parse(cost.GetRawText(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture) * 1_000_000m, 9) / 1.000000000000m : null;

    [GeneratedRegex(@"-(?:20\d{6}|20\d{2}-\d{2}-\d{2})(?:-v\d+(?::\d+)?)?$|@20\d{6}$")]
    private static partial Regex DatedName();

    [GeneratedRegex("^input_cost_per_token_above_(\\d+k)_tokens$")]
    private static partial Regex Above();

    [GeneratedRegex("^(?:input|output)_cost_per_(?:audio|image|video|pixel|second|character|query|reasoning)")]
    private static partial Regex Unbillable();
}
