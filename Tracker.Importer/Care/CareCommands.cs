using System.CommandLine;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Care;

/// <summary>The commands that take care of the data: <c>backup</c>, <c>vacuum</c>, <c>export</c>, <c>prune</c>, <c>merge</c>.</summary>
internal static class CareCommands
{
    public static IEnumerable<Command> Create(Option<bool> json) => [Backup(json), Vacuum(json), Export(), Prune(json), Merge(json)];

    private static Command Backup(Option<bool> json)
    {
        var file = new Argument<string?>("file") { Description = "Where to; a folder gets a file with the time in its name. Default: backups/ beside the database", Arity = ArgumentArity.ZeroOrOne };
        var force = new Option<bool>("--force") { Description = "Replace a file of that name" };
        var command = new Command("backup", "Copy the database while it is in use, and check the copy") { file, force, json };
        return WithAction(command, file, json, (services, result, place, asJson) => services.Backup(place, result.GetValue(force), asJson));
    }

    private static Command Vacuum(Option<bool> json)
    {
        var force = new Option<bool>("--force") { Description = "Also a large database beside a running proxy, whose records wait meanwhile" };
        var command = new Command("vacuum", "Give the room of what was deleted from the database back to the disk") { force, json };
        return WithAction(command, null, json, (services, result, _, asJson) => services.Vacuum(result.GetValue(force), asJson));
    }

    private static Command Export()
    {
        var file = new Argument<string?>("file") { Description = "Where to; - or nothing is standard output", Arity = ArgumentArity.ZeroOrOne };
        var format = new Option<string>("--format") { Description = "csv, or jsonl: a JSON object for each call on a line of its own", DefaultValueFactory = _ => "csv" };
        format.AcceptOnlyFromAmong("csv", "jsonl");
        var from = new Option<string?>("--from") { Description = "Calls of this day (2026-11-23) or moment (2026-11-23T10:00:00Z) and later, by this machine's clock unless it says otherwise", HelpName = "time" };
        var to = new Option<string?>("--to") { Description = "Calls of this day or before this moment", HelpName = "time" };
        var (client, provider, model) = (Name("--client", "client"), Name("--provider", "provider"), Name("--model", "model"));
        var (project, session) = (Name("--project", "project"), Name("--session", "session"));
        var force = new Option<bool>("--force") { Description = "Replace a file of that name" };
        var command = new Command("export", "Write the calls, the earliest first, for a spreadsheet or another program") { file, format, from, to, client, provider, model, project, session, force };
        return WithAction(command, file, (services, result, place) => services.Export(
            new ExportArguments(
                place, result.GetValue(format) == "csv",
                Moments.Filter(result.GetValue(from), result.GetValue(to)) with
                {
                    Client = result.GetValue(client),
                    Provider = result.GetValue(provider),
                    Model = result.GetValue(model),
                    Project = result.GetValue(project) is { } folder ? TrackerPaths.ExpandHome(folder) : null,
                    Session = result.GetValue(session),
                },
                result.GetValue(force))));
    }

    private static Command Prune(Option<bool> json)
    {
        var olderThan = new Option<string>("--older-than") { Description = "Calls that are older: than so many days (90d), or than a day's beginning (2026-01-01)", HelpName = "age", Required = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be removed, and remove nothing" };
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        var command = new Command("prune", "Remove old calls and keep their sums. Retention:Days does it by itself") { olderThan, dryRun, yes, json };
        return WithAction(command, null, json, (services, result, _, asJson) => services.Prune(result.GetValue(olderThan)!, result.GetValue(dryRun), result.GetValue(yes), asJson));
    }

    private static Command Merge(Option<bool> json)
    {
        var file = new Argument<string?>("file") { Description = "The other tracker.db, or a backup of it; it is only read", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("merge", "Take in the calls of another machine's database; doing it twice changes nothing") { file, json };
        return WithAction(command, file, json, (services, _, place, asJson) => services.Merge(place, asJson));
    }

    private static Option<string?> Name(string name, string what) => new(name) { Description = $"Only calls of this {what}; '' for those of which it is unknown", HelpName = what };

    private static Command WithAction(Command command, Argument<string?>? place, Option<bool> json, Func<CareService, ParseResult, string?, bool, int> action) =>
        WithAction(command, place, (services, result, given) => action(services, result, given, result.GetValue(json)));

    private static Command WithAction(Command command, Argument<string?>? place, Func<CareService, ParseResult, string?, int> action)
    {
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((result, _) =>
        {
            var (given, settings) = TellApart(place is null ? null : result.GetValue(place), result.UnmatchedTokens);
            return Task.FromResult(CareApplication.Run(settings, service => action(service, result, given)));
        });
        return command;
    }

    /// <summary>A setting that stands before a command's argument is the argument to the command line.</summary>
    internal static (string? Place, IReadOnlyList<string> Settings) TellApart(string? given, IReadOnlyList<string> unmatched)
    {
        if (given?.StartsWith("--", StringComparison.Ordinal) != true)
        {
            return (given, unmatched);
        }

        List<string> tokens = [given, .. unmatched];
        for (var i = 0; i < tokens.Count; i++)
        {
            if (!tokens[i].StartsWith("--", StringComparison.Ordinal))
            {
                return (tokens[i], [.. tokens.Where((_, index) => index != i)]);
            }

            i += tokens[i].Contains('=', StringComparison.Ordinal) ? 0 : 1; // --Key value
        }

        return (null, tokens);
    }
}
