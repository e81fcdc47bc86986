using System.CommandLine;

namespace Tracker.Proxy.Paths;

/// <summary><c>tracker-proxy paths</c>.</summary>
internal static class PathsCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "One JSON document on standard output" };
        var database = new Option<bool>("--database") { Description = "Only the path of the database, as it is" };
        var write = new Option<bool>("--write") { Description = "Write database and home into your settings, where they are not said yet: so services and you agree whatever a shell says. The installers do this" };
        var takeBack = new Option<bool>("--take-back") { Description = "Take out of your settings what --write has written and you have not changed since" };
        var command = new Command("paths", "Shows where settings, database and clients' home are") { json, database, write, takeBack };
        command.TreatUnmatchedTokensAsErrors = false;
        command.Validators.Add(result =>
        {
            if (result.GetValue(write) && result.GetValue(takeBack))
            {
                result.AddError("--write and --take-back are the opposite of each other.");
            }
        });
        command.SetAction((result, _) => Task.FromResult(PathsRun.Run(
            new PathsArguments(result.GetValue(json), result.GetValue(database), result.GetValue(write), result.GetValue(takeBack), result.UnmatchedTokens))));
        return command;
    }
}
