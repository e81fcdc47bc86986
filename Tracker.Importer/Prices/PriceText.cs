using System.Globalization;
using System.Text;
using Tracker.Storage.Hosting;
using Tracker.Storage.Pricing;

namespace Tracker.Importer.Prices;

/// <summary>Prices, and what changes them, as text for people.</summary>
internal static class PriceText
{
    public static string List(IReadOnlyList<PriceMatch> models, DateTimeOffset now)
    {
        var text = new StringBuilder();
        foreach (var provider in models.GroupBy(model => model.Provider))
        {
            text.AppendLine(provider.Key);
            foreach (var model in provider)
            {
                text.AppendLine($"  {model.Model,-44} {(model.At(now) is { } price ? InShort(price) : "no price today")}");
            }
        }

        return text.Append(CultureInfo.InvariantCulture, $"{models.Count} models of {models.Select(model => model.Provider).Distinct().Count()} providers, in USD per million tokens{Environment.NewLine}").ToString();
    }

    public static string Show(string provider, string model, PriceMatch? match, DateTimeOffset now)
    {
        if (match is null)
        {
            return $"{model} at {provider}: no price is known. Its calls keep their tokens and have no cost until a price comes with a new version, a refresh, or your own file.{Environment.NewLine}";
        }

        var text = new StringBuilder();
        text.AppendLine($"{model} at {provider}: {Way(match)}");
        var present = match.At(now);
        foreach (var price in match.Prices)
        {
            text.AppendLine().AppendLine($"{(price == present ? "now" : "   ")}  {price.Id}");
            text.AppendLine($"     applies    {(price.From is { } from ? from.ToString("'from' yyyy-MM-dd", CultureInfo.InvariantCulture) : "from the beginning")}{(price.HoursText is { } hours ? $", {hours} UTC" : "")}");
            if (price.Unpriced is { } why)
            {
                text.AppendLine($"     no price   {why}");
            }

            foreach (var figures in price.Figures)
            {
                text.AppendLine($"     {Label(figures),-10} {InWords(figures)}");
            }

            if (price.WebSearch is { } search)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"     search     {search} a call");
            }

            text.AppendLine($"     source     {price.Source}");
        }

        return text.ToString();
    }

    public static string Changes(RefreshedPrices prices, string path)
    {
        var text = new StringBuilder();
        foreach (var change in prices.Changes)
        {
            text.AppendLine($"  {change.Provider}/{change.Model,-44} {(change.Before is null ? "new:" : $"{change.Before} ->")} {change.After}");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"{prices.Models} prices read, {prices.Changes.Count} models differ from what Tracker brings. They are in {path} and in force from now on.");
        return text.AppendLine("Calls without a cost get one at the next import; 'tracker-importer reprice --dry-run' shows what the others would cost.").ToString();
    }

    public static string Repriced(RepriceReport report)
    {
        var text = new StringBuilder();
        foreach (var model in report.Models)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"  {model.Provider ?? "?"}/{model.Model ?? "?",-44} {model.ChangedCalls,9} of {Counted.Of(model.Calls, "call")}  {Sum(model.BeforeNanoUsd, model.UnpricedBefore)} -> {Sum(model.AfterNanoUsd, model.UnpricedAfter)}{(model.UnpricedBefore == model.UnpricedAfter ? "" : $"  (without a cost: {model.UnpricedBefore} -> {model.UnpricedAfter})")}");
        }

        var before = Sum(report.Models.Sum(model => model.BeforeNanoUsd), report.Models.Sum(model => model.UnpricedBefore));
        var after = Sum(report.Models.Sum(model => model.AfterNanoUsd), report.Models.Sum(model => model.UnpricedAfter));
        text.AppendLine(CultureInfo.InvariantCulture, $"{Counted.Of(report.Calls, "call")} looked at, {report.Models.Sum(model => model.ChangedCalls)} {(report.DryRun ? "would cost" : "cost")} something else: {before} -> {after}");
        return text.Append(report.DryRun ? $"Nothing was changed (--dry-run).{Environment.NewLine}" : "").ToString();
    }

    private static string Way(PriceMatch match) => match.Step switch
    {
        MatchStep.Exact => "the name as it is",
        MatchStep.Alias => $"another name, by an alias of {match.Provider}",
        MatchStep.Normalized => $"the same as {match.Model} at {match.Provider}, written otherwise (case, prefix, region, version of the deployment, date or effort)",
        MatchStep.Release => $"a release of {match.Model} at {match.Provider}",
        MatchStep.Any => $"like all models of {match.Provider}",
        _ => throw new ArgumentOutOfRangeException(nameof(match), match.Step, null),
    };

    private static string InShort(Price price) => price.Unpriced is { } why ? $"no price: {why}" : $"{InWords(price.Figures[0])}{(price.Figures.Count > 1 ? $"  (and {price.Figures.Count - 1} more by tier or size)" : "")}";

    private static string Label(PriceFigures figures) => (figures.Tier ?? "standard") + (figures.Above is { } above ? string.Create(CultureInfo.InvariantCulture, $" >{above}") : "");

    private static string InWords(PriceFigures figures) => figures.Input is null ? "unknown" : string.Create(CultureInfo.InvariantCulture,
        $"input {figures.Input}, cached {figures.CacheRead}, written {figures.CacheCreation5m?.ToString(CultureInfo.InvariantCulture) ?? "?"} (1h {figures.CacheCreation1h?.ToString(CultureInfo.InvariantCulture) ?? "?"}), output {figures.Output?.ToString(CultureInfo.InvariantCulture) ?? "?"}");

    // Nothing but calls without a cost is no sum of $0.
    private static string Sum(long nanoUsd, long unpriced) => nanoUsd == 0 && unpriced > 0 ? "?" : Usd(nanoUsd);

    private static string Usd(long nanoUsd) => (nanoUsd / 1_000_000_000m).ToString("$0.0000", CultureInfo.InvariantCulture);
}
