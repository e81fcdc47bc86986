using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace Tracker.Storage.Hosting;

/// <summary>Runs what the command line of either program asks for.</summary>
public static class CommandLine
{
    /// <param name="program">Begins the message about a wrong argument.</param>
    /// <param name="root">Makes all commands.</param>
    /// <param name="arguments">The command line.</param>
    /// <returns>The process's exit code.</returns>
    public static Task<int> RunAsync(string program, Func<RootCommand> root, IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(root);
        return ExplainAsync(program, () => RunAsync(program, root(), arguments));
    }

    /// <summary>Does something, and tells in one line what no command has told: standard output is full or closed, or the surroundings are wrong before any command begins.</summary>
    /// <inheritdoc cref="RunAsync(string, Func{RootCommand}, IReadOnlyList{string})"/>
    public static async Task<int> ExplainAsync(string program, Func<Task<int>> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        try
        {
            return await action();
        }
        catch (SettingsException exception)
        {
            return new StartupFailure(exception.Message, ExitCodes.Usage).Tell(program);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The console's own "access is denied" hides what the system has said.
            return new StartupFailure($"cannot go on: {exception.GetBaseException().Message}", ExitCodes.Failed).Tell(program);
        }
    }

    private static async Task<int> RunAsync(string program, RootCommand root, IReadOnlyList<string> arguments)
    {
        var result = root.Parse(arguments);
        // Left to itself it would end with 1 after a page of help; a script is told of wrong arguments by 2.
        if (FindFault(result) is { } fault)
        {
            await Console.Error.WriteLineAsync(TerminalText.Of($"{program}: {fault} See --help."));
            return ExitCodes.Usage;
        }

        // The host handles SIGTERM and Ctrl+C itself, and takes the time it needs; the command line would end the process after two seconds.
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        if (result.Action is not HelpAction)
        {
            return await result.InvokeAsync(invocation);
        }

        await using var page = new StringWriter();
        invocation.Output = page;
        var exitCode = await result.InvokeAsync(invocation);
        await Console.Out.WriteAsync(WithSettings(page.ToString()));
        return exitCode;
    }

    // What the library calls additional arguments "passed to the application that is being run" are settings. It has no way to say so (2.0.15, seen 2026-12).
    private static string WithSettings(string page)
    {
        const string heading = "Additional Arguments:";
        var end = Environment.NewLine + Environment.NewLine;
        page = page.Replace("[[--] <additional arguments>...]]", "[--Key=value ...]", StringComparison.Ordinal);
        return page.IndexOf(heading, StringComparison.Ordinal) is var from and >= 0 && page.IndexOf(end, from, StringComparison.Ordinal) is var to and >= 0 ? page.Remove(from, to + end.Length - from) : page;
    }

    private static string? FindFault(ParseResult result) =>
        result.Errors.Count > 0 ? string.Join(' ', result.Errors.SelectMany(error => error.Message.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)))
        : FindMisplaced(result.CommandResult) is { } option ? $"'{option}' is no option of {result.CommandResult.Command.Name}."
        : null;

    // What stands before a command belongs to the one above it, and would be passed over without a word.
    private static string? FindMisplaced(CommandResult command)
    {
        for (var above = command.Parent as CommandResult; above is not null; above = above.Parent as CommandResult)
        {
            if (above.Children.OfType<OptionResult>().FirstOrDefault(result => !result.Implicit && !result.Option.Recursive && !command.Command.Options.Contains(result.Option)) is { } misplaced)
            {
                return misplaced.Option.Name;
            }
        }

        return null;
    }
}
