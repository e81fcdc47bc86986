using System.CommandLine;
using Tracker.Importer;
using Tracker.Storage.Hosting;

var watch = new Option<bool>("--watch") { Description = "Stay, and make a pass every Importer:Interval" };
var json = new Option<bool>("--json") { Description = "The result as one JSON document on standard output", Recursive = true };
var source = new Option<string[]>("--source") { Description = "Only this client's logs; may be given several times", HelpName = "client", Recursive = true };

var status = new Command("status", "Where logs were found, what was read, and what is in the way") { TreatUnmatchedTokensAsErrors = false };
var import = new RootCommand($"""
    Reads what clients log on this machine and merges it into Tracker's database. One pass, then it ends.

    Settings, as --Key=value here, as TRACKER_Section__Key in the environment, or in {TrackerPaths.SettingsPath()}:
      {string.Join(Environment.NewLine + "  ", KnownSettings.Names)}
    """) { watch, json, source, status };
import.TreatUnmatchedTokensAsErrors = false;

import.SetAction((result, _) => RunAsync(result, isStatus: false));
status.SetAction((result, _) => RunAsync(result, isStatus: true));

// The host handles SIGTERM and Ctrl+C itself, and takes the time it needs; the command line would end the process after two seconds.
return await import.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });

Task<int> RunAsync(ParseResult result, bool isStatus) => ImporterApplication.RunAsync(new ImporterArguments(
    isStatus, !isStatus && result.GetValue(watch), result.GetValue(json), result.GetValue(source) ?? [], result.UnmatchedTokens));
