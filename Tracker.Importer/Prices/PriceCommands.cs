using System.CommandLine;
using System.CommandLine.Parsing;
using Tracker.Importer.Care;
using Tracker.Storage.Hosting;
using Tracker.Storage.Pricing;

namespace Tracker.Importer.Prices;

/// <summary><c>prices list</c>, <c>show</c> and <c>refresh</c>. They read and write price files and need no database.</summary>
internal static class PriceCommands
{
    public static Command Create(Option<bool> json)
    {
        var text = new Argument<string?>("text") { Description = "Only models or providers with this in their name", Arity = ArgumentArity.ZeroOrOne };
        var list = new Command("list", "The models that have a price, and what they cost now") { text, json };
        list.SetAction((result, _) => Task.FromResult(List(Given(result, text), result.GetValue(json))));

        var model = new Argument<string?>("model") { Description = "As a client or an answer names it" };
        var provider = new Option<string?>("--provider") { Description = "Who runs it; else every provider that knows the name", HelpName = "name" };
        var show = new Command("show", "Which price a model's name leads to, why, and since when") { model, provider, json };
        show.SetAction((result, _) => Task.FromResult(Show(Required(result, model), result.GetValue(provider), result.GetValue(json))));

        var place = new Argument<string?>("url|file") { Description = "genai-prices' data.json or LiteLLM's model_prices_and_context_window.json" };
        var refresh = new Command("refresh", "Take up prices that Tracker does not bring from a public table; what is wrong with it changes nothing") { place, json };
        refresh.SetAction((result, cancellationToken) => RefreshAsync(Required(result, place), result.GetValue(json), cancellationToken));
        foreach (var command in (Command[])[list, show, refresh])
        {
            command.TreatUnmatchedTokensAsErrors = false; // Settings may stand here as in every command.
        }

        return new Command("prices", $"Prices of models: what Tracker brings, refreshed ones, and your own in {PriceBooks.OwnPathOfUser}") { list, show, refresh };
    }

    // What begins as an option is a setting or a slip of the finger, and no text to look for, unless -- stands before it.
    private static string? Given(ParseResult result, Argument<string?> argument)
    {
        var given = result.GetValue(argument);
        var (text, settings) = result.Tokens.Any(token => token.Type == TokenType.DoubleDash) ? (given, result.UnmatchedTokens) : CareCommands.TellApart(given, result.UnmatchedTokens);
        TrackerConfiguration.RequireKnown(settings);
        return text;
    }

    private static string Required(ParseResult result, Argument<string?> argument) =>
        Given(result, argument) ?? throw new SettingsException($"'{result.CommandResult.Command.Name}' needs the {argument.Name}. See --help.");

    private static int List(string? text, bool json)
    {
        var (books, now) = (Open(), TimeProvider.System.GetUtcNow());
        var models = books.Current.All.Where(model => text is null || $"{model.Provider}/{model.Model}".Contains(text, StringComparison.OrdinalIgnoreCase)).ToList();
        CommandOutput.Show([.. models.Select(model => Document(model.Provider, model.Model, model, now))], json, () => PriceJson.Default.IReadOnlyListModelDocument, _ => PriceText.List(models, now));
        return ExitCodes.Ok;
    }

    private static int Show(string model, string? provider, bool json)
    {
        var (books, now) = (Open(), TimeProvider.System.GetUtcNow());
        // Everything at once would be an answer for the machine's own models too, which have any name.
        var matches = (provider is null ? books.Current.All.Select(known => known.Provider).Distinct().ToList() : [provider])
            .Select(name => (Provider: name, Match: books.Current.Find(name, model))).Where(found => provider is not null || found.Match is { Step: not MatchStep.Any }).ToList();
        CommandOutput.Show([.. matches.Select(found => Document(found.Provider, model, found.Match, now))], json, () => PriceJson.Default.IReadOnlyListModelDocument, _ =>
            matches.Count == 0 ? PriceText.Show("any provider", model, null, now) : string.Join(Environment.NewLine, matches.Select(found => PriceText.Show(found.Provider, model, found.Match, now))));
        return matches.Exists(found => found.Match is not null) ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static async Task<int> RefreshAsync(string place, bool json, CancellationToken cancellationToken)
    {
        var books = PriceBooks.OfUser();
        try
        {
            var table = await PriceTableSource.ReadAsync(place, cancellationToken);
            var prices = PriceRefresh.Read(table, place, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
            PriceRefresh.Store(prices, books.RefreshedPath);
            CommandOutput.Show(
                new RefreshDocument(place, books.RefreshedPath, prices.Models, prices.Changes), json, () => PriceJson.Default.RefreshDocument, _ => PriceText.Changes(prices, books.RefreshedPath));
            return ExitCodes.Ok;
        }
        catch (Exception exception) when (exception is PriceFileException or IOException or UnauthorizedAccessException)
        {
            return new StartupFailure(exception.Message, ExitCodes.Failed).Tell("tracker-importer");
        }
    }

    private static PriceBooks Open()
    {
        var books = PriceBooks.OfUser();
        if (books.Trouble is { } trouble)
        {
            Console.Error.WriteLine(TerminalText.Of($"tracker-importer: a price file is not used, the other prices are: {trouble}"));
        }

        return books;
    }

    private static ModelDocument Document(string provider, string model, PriceMatch? match, DateTimeOffset now)
    {
        var present = match?.At(now);
        return new ModelDocument(provider, model, match?.Step.ToString().ToLowerInvariant(), match is null ? null : $"{match.Provider}/{match.Model}",
            [.. match?.Prices.Select(price => new PriceDocument(price.Id, price.From, price.HoursText, price == present, price.Unpriced, price.WebSearch, price.Figures, price.Source)) ?? []]);
    }
}
