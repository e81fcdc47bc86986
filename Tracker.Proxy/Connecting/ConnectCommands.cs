using System.CommandLine;

namespace Tracker.Proxy.Connecting;

/// <summary><c>connect</c> and <c>disconnect</c>.</summary>
internal static class ConnectCommands
{
    public static Command CreateConnect()
    {
        var (names, dryRun, yes) = (Names(), DryRun(), Yes());
        var list = new Option<bool>("--list") { Description = "Show every client, and where it is pointed" };
        var json = new Option<bool>("--json") { Description = "With --list: as one JSON document" };
        var connect = new Command("connect", "Point clients at this proxy; without names all that are found. Nothing else in their settings changes") { names, list, json, dryRun, yes };
        connect.TreatUnmatchedTokensAsErrors = false;
        connect.Validators.Add(result =>
        {
            if (result.GetValue(json) && !result.GetValue(list))
            {
                result.AddError("--json is for --list: connecting tells people what it changes.");
            }
        });
        connect.SetAction((result, _) => Task.FromResult(result.GetValue(list)
            ? ConnectRun.List(Arguments(result, names, dryRun, yes), result.GetValue(json))
            : ConnectRun.Connect(Arguments(result, names, dryRun, yes))));
        return connect;
    }

    public static Command CreateDisconnect()
    {
        var (names, dryRun, yes) = (Names(), DryRun(), Yes());
        var disconnect = new Command("disconnect", "Take back what connect has changed; without names for all clients") { names, dryRun, yes };
        disconnect.TreatUnmatchedTokensAsErrors = false;
        disconnect.SetAction((result, _) => Task.FromResult(ConnectRun.Disconnect(Arguments(result, names, dryRun, yes))));
        return disconnect;
    }

    private static Option<bool> DryRun() => new("--dry-run") { Description = "Show what would change, and change nothing" };

    private static Option<bool> Yes() => new("--yes", "-y") { Description = "Do not ask; without a terminal nothing is asked anyway" };

    private static Argument<string[]> Names() =>
        new("client") { Description = string.Join(", ", KnownClients.All.Select(client => client.Name)), Arity = ArgumentArity.ZeroOrMore };

    // Settings (--Key=value) may stand between the names.
    private static ConnectArguments Arguments(ParseResult result, Argument<string[]> names, Option<bool> dryRun, Option<bool> yes)
    {
        var (clients, settings) = (new List<string>(), new List<string>());
        foreach (var token in (result.GetValue(names) ?? []).Concat(result.UnmatchedTokens))
        {
            (token.StartsWith("--", StringComparison.Ordinal) || (settings.Count > 0 && settings[^1].StartsWith("--", StringComparison.Ordinal) && !settings[^1].Contains('=', StringComparison.Ordinal)) ? settings : clients).Add(token);
        }

        return new ConnectArguments(clients, result.GetValue(dryRun), result.GetValue(yes), settings);
    }
}
