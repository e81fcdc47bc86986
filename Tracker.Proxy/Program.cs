using System.CommandLine;
using Tracker.Proxy;
using Tracker.Proxy.Connecting;
using Tracker.Proxy.Doctor;
using Tracker.Proxy.Paths;
using Tracker.Storage.Hosting;

return await CommandLine.RunAsync("tracker-proxy", CreateCommands, args);

static RootCommand CreateCommands()
{
    var json = new Option<bool>("--json") { Description = "One JSON document on standard output" };
    var settings = SettingsCommand.Create("tracker-proxy", json);
    settings.Add(json);

    // The proxy itself has no options but --help and --version: every setting is --Section:Key=value.
    var command = new RootCommand($"""
        Forwards calls to LLM APIs untouched and records what each used and cost.

        Settings, as --Key=value here, as TRACKER_Section__Key in the environment, or in {TrackerPaths.SettingsPath()}:
          {string.Join(Environment.NewLine + "  ", KnownSettings.Names)}
        """) { ConnectCommands.CreateConnect(), ConnectCommands.CreateDisconnect(), DoctorCommand.Create(), PathsCommand.Create(), settings };
    command.TreatUnmatchedTokensAsErrors = false;
    command.SetAction((result, _) => ProxyApplication.RunAsync(result.UnmatchedTokens));
    return command;
}
