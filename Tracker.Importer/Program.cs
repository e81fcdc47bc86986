using System.CommandLine;
using Tracker.Importer;
using Tracker.Importer.Care;
using Tracker.Importer.Prices;
using Tracker.Storage.Hosting;

// What cron runs: the command line need not be understood first, which takes longer than to see that no log has changed.
if (args.All(argument => argument.StartsWith("--", StringComparison.Ordinal) && argument.Contains(':', StringComparison.Ordinal) && argument.Contains('=', StringComparison.Ordinal)))
{
    return await CommandLine.ExplainAsync(
        "tracker-importer", () => ImporterApplication.RunAsync(new ImporterArguments(ImporterCommand.Import, Watch: false, Again: false, Json: false, DryRun: false, Sources: [], Settings: args)));
}

return await CommandLine.RunAsync("tracker-importer", CreateCommands, args);

static RootCommand CreateCommands()
{
    var watch = new Option<bool>("--watch") { Description = "Stay, and make a pass every Importer:Interval" };
    var again = new Option<bool>("--again") { Description = "Read all logs from their beginning, as if none had been read; rows that are there are merged" };
    var json = new Option<bool>("--json") { Description = "The result as one JSON document on standard output" };
    var source = new Option<string[]>("--source") { Description = "Only this client's logs; may be given several times", HelpName = "client" };

    var status = new Command("status", "Where logs were found, what was read, and what is in the way") { source, json };
    status.TreatUnmatchedTokensAsErrors = false;
    var dryRun = new Option<bool>("--dry-run") { Description = "Show what would change, and change nothing" };
    var reprice = new Command("reprice", "Compute the cost of every stored call again with the prices in force, and show what changes") { dryRun, json };
    reprice.TreatUnmatchedTokensAsErrors = false;
    var settings = SettingsCommand.Create("tracker-importer", json);
    settings.Add(json);
    var import = new RootCommand($"""
        Reads what clients log on this machine and merges it into Tracker's database. One pass, then it ends.

        Settings, as --Key=value here, as TRACKER_Section__Key in the environment, or in {TrackerPaths.SettingsPath()}:
          {string.Join(Environment.NewLine + "  ", KnownSettings.Names)}
        """) { watch, again, json, source, status, PriceCommands.Create(json), reprice, settings };
    import.TreatUnmatchedTokensAsErrors = false;
    foreach (var command in CareCommands.Create(json))
    {
        import.Add(command);
    }

    import.SetAction((result, _) => RunAsync(result, ImporterCommand.Import));
    status.SetAction((result, _) => RunAsync(result, ImporterCommand.Status));
    reprice.SetAction((result, _) => RunAsync(result, ImporterCommand.Reprice));
    return import;

    Task<int> RunAsync(ParseResult result, ImporterCommand command) => ImporterApplication.RunAsync(new ImporterArguments(
        command, command == ImporterCommand.Import && result.GetValue(watch), command == ImporterCommand.Import && result.GetValue(again), result.GetValue(json), command == ImporterCommand.Reprice && result.GetValue(dryRun), result.GetValue(source) ?? [], result.UnmatchedTokens));
}
