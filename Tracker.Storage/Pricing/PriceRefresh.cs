using System.Globalization;
using System.Text;
using System.Text.Json;
using Tracker.Storage.Hosting;

namespace Tracker.Storage.Pricing;

/// <summary>
/// Makes the refreshed price file of a public table: what the table has and the embedded book has not, and what costs something else now, from the
/// day of the refresh on. What agrees is left out, so that the embedded book's dates, tiers and bands stay in force.
/// </summary>
public static class PriceRefresh
{
    /// <summary>Fewer models than this are no price table of anybody's, but an error page or half a file.</summary>
    public const int FewestModels = 50;

    /// <summary>Reads a table and compares it with the embedded book.</summary>
    /// <param name="json">genai-prices' <c>data.json</c> or LiteLLM's <c>model_prices_and_context_window.json</c>.</param>
    /// <param name="name">Where it is from.</param>
    /// <param name="today">The day of the refresh (UTC).</param>
    /// <exception cref="PriceFileException">It is neither, or something in it cannot be a price.</exception>
    public static RefreshedPrices Read(ReadOnlySpan<byte> json, string name, DateOnly today)
    {
        var lines = PublicPriceTable.Read(json, name);
        if (lines.Count < FewestModels)
        {
            throw new PriceFileException($"{name}: it has prices of {lines.Count} models; a whole table has more than {FewestModels}. Nothing was changed.");
        }

        var changes = new List<PriceChange>();
        var kept = new List<PriceLine>();
        foreach (var model in lines.GroupBy(line => (line.Provider, Spelling: ModelName.Spelling(line.Model!))))
        {
            var given = model.ToList();
            var known = PriceBook.Embedded.FindModel(model.Key.Provider!, model.Key.Spelling);
            if (known is null && IsKnownByRule(model.Key.Provider!, given, today))
            {
                continue;
            }

            if (known is null)
            {
                kept.AddRange(given);
                changes.Add(new PriceChange(model.Key.Provider!, given[0].Model!, null, Figures(given[^1])));
            }
            else if (Differs(known, given, today) is { } changed)
            {
                kept.AddRange(known.Lines.Where(line => line.From is null || string.CompareOrdinal(line.From, changed.From) < 0));
                kept.Add(changed with { Model = known.Name });
                changes.Add(new PriceChange(model.Key.Provider!, known.Name, Figures(known.Lines.Last(line => line.Hours is null)), Figures(changed)));
            }
        }

        var file = new PriceFile
        {
            About = $"Written by 'tracker-importer prices refresh {name}'. What differs from the prices that Tracker brings; prices.json beside it is yours to write.",
            AsOf = today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Prices = kept,
        };
        var text = Write(file);
        PriceBook.With((text, name), null); // Throws what is wrong with any of it.
        return new RefreshedPrices(text, lines.Count, [.. changes.OrderBy(change => change.Provider, StringComparer.Ordinal).ThenBy(change => change.Model, StringComparer.Ordinal)]);
    }

    /// <summary>Puts the file into its place, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written; what was there is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void Store(RefreshedPrices prices, string path)
    {
        ArgumentNullException.ThrowIfNull(prices);
        var unfinished = path + ".part";
        OwnerOnlyDirectory.Create(Path.GetDirectoryName(path)!);
        try
        {
            using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
            {
                file.Write(prices.Json);
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    // Tables list dated and "-latest" names too, which the book leads to the model's own.
    private static bool IsKnownByRule(string provider, List<PriceLine> given, DateOnly today) =>
        PriceBook.Embedded.Find(provider, given[0].Model)?.At(new DateTimeOffset(today, TimeOnly.MinValue, TimeSpan.Zero)) is { } price
        && (price.Unpriced is not null || (given.LastOrDefault(line => line.From is null || Price.ParseDay(line.From) <= today) is { } now && Same(now, price.Line)));

    // The price of today, if it is not the one that the book has for today. Where one of the two does not tell a part, they do not differ by it; of
    // prices by the hour nothing is taken, because tables have one of them and do not say which.
    private static PriceLine? Differs(ModelPrices known, List<PriceLine> given, DateOnly today)
    {
        var now = given.LastOrDefault(line => line.From is null || Price.ParseDay(line.From) <= today);
        var present = known.Lines.Where(line => line.From is null || Price.ParseDay(line.From) <= today).OrderBy(line => line.From, StringComparer.Ordinal).ToList();
        if (now is null || present.Count == 0 || present[^1].Unpriced is not null || present.Exists(line => line.Hours is not null && line.From == present[^1].From) || Same(now, present[^1]))
        {
            return null;
        }

        var since = now.From is { } from && string.CompareOrdinal(from, present[^1].From) > 0 ? from : today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return now with { From = since, CacheCreation1h = now.CacheCreation1h ?? OneHour(now.CacheCreation5m, present[^1]), WebSearch = now.WebSearch ?? present[^1].WebSearch };
    }

    // Tables often lack it; it keeps its proportion to the other lifetime, to as many decimals as a price can have.
    private static decimal? OneHour(decimal? fiveMinutes, PriceLine present) =>
        present.CacheCreation5m > 0 && present.CacheCreation1h * fiveMinutes is { } product ? decimal.Round(product / present.CacheCreation5m.Value, 12) : null;

    private static bool Same(RatesLine one, RatesLine other) =>
        Same(one.Input, other.Input) && Same(one.CacheRead, other.CacheRead) && Same(one.CacheCreation5m, other.CacheCreation5m) && Same(one.Output, other.Output);

    private static bool Same(decimal? one, decimal? other) => one is null || other is null || one == other;

    private static string Figures(PriceLine line) => string.Create(CultureInfo.InvariantCulture,
        $"{line.Input} in{(line.CacheRead is { } read ? $", {read} cached" : "")}{(line.Output is { } output ? $", {output} out" : "")}");

    private static byte[] Write(PriceFile file)
    {
        // One price a line, as in the files that Tracker brings.
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{{\n  \"about\": {JsonEncode(file.About!)},\n  \"as_of\": {JsonEncode(file.AsOf!)},\n  \"prices\": [\n");
        text.AppendJoin(",\n", file.Prices.Select(line => "    " + JsonSerializer.Serialize(line, PriceFileJson.Default.PriceLine)));
        return Encoding.UTF8.GetBytes(text.Append("\n  ]\n}\n").ToString());
    }

    private static string JsonEncode(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
