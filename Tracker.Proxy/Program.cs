using System.CommandLine;
using Tracker.Proxy;
using Tracker.Storage.Hosting;

// The command line has no options of its own but --help and --version: every setting is --Section:Key=value.
var command = new RootCommand($"""
    Forwards calls to LLM APIs untouched and records what each used and cost.

    Settings, as --Key=value here, as TRACKER_Section__Key in the environment, or in {TrackerPaths.SettingsPath()}:
      {string.Join(Environment.NewLine + "      ", KnownSettings.Names)}
    """) { TreatUnmatchedTokensAsErrors = false };
command.SetAction((result, _) => ProxyApplication.RunAsync(result.UnmatchedTokens));
return await command.Parse(args).InvokeAsync();
