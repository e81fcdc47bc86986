using Tracker.Storage.Care;
using Tracker.Storage.Hosting;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;

namespace Tracker.Proxy.Doctor;

/// <summary>What the rows tell: imports, prices and times.</summary>
internal static class ContentChecks
{
    /// <summary>What was not seen for so long counts as not in use.</summary>
    public static readonly TimeSpan InUse = TimeSpan.FromDays(30);

    /// <summary>A clock that is corrected by a minute is no trouble.</summary>
    public static readonly TimeSpan FutureTolerance = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan ImportsAreLate = TimeSpan.FromDays(1);

    public static IEnumerable<Finding> Look(Patient patient, PriceBooks prices) => patient.Facts is null
        ? []
        : [.. LookAtImports(patient), .. LookAtPrices(patient, prices), .. LookAtTimes(patient)];

    private static IEnumerable<Finding> LookAtImports(Patient patient)
    {
        var facts = patient.Facts!;
        if (facts.LastImport is not { } last)
        {
            yield return Finding.Warning("importer", "no pass over the clients' logs was ever made", "tracker-importer makes one; docs/operations.md shows how it comes by itself");
            yield break;
        }

        yield return patient.Now - last > ImportsAreLate
            ? Finding.Warning("importer", $"the last pass over the clients' logs was at {Shown(last)}", "run tracker-importer, and look why it does not come by itself (timer, cron, task)")
            : Finding.Ok("importer", $"the last pass over the clients' logs was at {Shown(last)}");
        foreach (var source in facts.Sources)
        {
            yield return LookAt(source);
        }
    }

    private static Finding LookAt(ImportedSource source) => source.FilesInTrouble > 0
        ? Finding.Warning("importer", $"{source.Source}: {source.FilesInTrouble} of {Counted.Of(source.Files, "file")} {(source.FilesInTrouble == 1 ? "is" : "are")} in trouble, {Counted.Of(source.MalformedLines, "line")} could not be read", $"tracker-importer status --source {ShellText.Of(source.Source)}")
        : Finding.Ok("importer", $"{source.Source}: {Counted.Of(source.Records, "record")} in {Counted.Of(source.Files, "file")}, last new at {Shown(source.LastRead)}");

    private static IEnumerable<Finding> LookAtPrices(Patient patient, PriceBooks prices)
    {
        if (prices.Trouble is { } trouble)
        {
            yield return Finding.Warning("prices", $"a price file of yours is not used: {trouble}", "correct it; docs/prices.md shows how it must look");
        }

        var unpriced = patient.Facts!.UnpricedModels;
        if (unpriced.Count == 0)
        {
            yield return Finding.Ok("prices", "every call with tokens has a cost");
            yield break;
        }

        foreach (var model in unpriced.Take(5))
        {
            yield return Finding.Warning(
                "prices", $"{Counted.Of(model.Calls, "call")} of {model.Provider ?? "?"}/{model.Model ?? "?"} {(model.Calls == 1 ? "has" : "have")} no cost: {prices.Current.WhyUnpriced(model)}",
                AdviceFor(model, prices));
        }

        if (unpriced.Count > 5)
        {
            var more = unpriced.Count < DatabaseExamination.MostUnpricedModels ? "" : "at least ";
            yield return Finding.Warning("prices", $"{more}{Counted.Of(unpriced.Count - 5, "more model has", "more models have")} no price", "see /stats/unpriced");
        }
    }

    // The name is whatever an upstream has answered, and a command is made to be pasted: "--" for one that begins as an option does.
    private static string AdviceFor(UnpricedModel model, PriceBooks prices) => model.Model is { Length: > 0 } name
        ? $"tracker-importer prices show {(name[0] == '-' ? "-- " : "")}{ShellText.Of(name)}; a price of your own goes into {prices.OwnPath}"
        : "see /stats/requests?model= for these calls; without a model's name they cannot have a price";

    private static IEnumerable<Finding> LookAtTimes(Patient patient)
    {
        yield return patient.Facts!.CallsFromTheFuture > 0
            ? Finding.Warning("clock", $"{Counted.Of(patient.Facts.CallsFromTheFuture, "call is", "calls are")} later than now: the clock of this machine was, or is, wrong", "set the clock by the network; the rows stay as they are")
            : Finding.Ok("clock", "no call is later than now");
    }

    private static string Shown(DateTimeOffset? time) => time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm") ?? "?";
}
