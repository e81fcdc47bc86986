using System.CommandLine;

namespace Tracker.Proxy.Doctor;

/// <summary><c>tracker-proxy doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "One JSON document on standard output" };
        var offline = new Option<bool>("--offline") { Description = "Ask no upstream whether it can be reached" };
        var repair = new Option<bool>("--repair") { Description = "Replace a damaged database by what can be read of it and of the journal; it is kept. Stop the proxy and the importer first" };
        var command = new Command("doctor", "Says whether everything works, and what to do if not. Ends with 1 when something is in trouble") { json, offline, repair };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((result, cancellationToken) => DoctorApplication.RunAsync(
            new DoctorArguments(result.GetValue(json), result.GetValue(offline), result.GetValue(repair), result.UnmatchedTokens), cancellationToken));
        return command;
    }
}
