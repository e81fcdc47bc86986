using Microsoft.Extensions.Options;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Hosting;

/// <summary>Why a program could not start, as one line for the person who can act, and the exit code.</summary>
public sealed record StartupFailure(string Message, int ExitCode)
{
    /// <returns>Null for a failure that is not of settings or storage.</returns>
    public static StartupFailure? Explain(Exception exception) => exception switch
    {
        SettingsException => new(exception.Message, ExitCodes.Usage),
        OptionsValidationException validation => new(string.Join(" ", validation.Failures), ExitCodes.Usage),
        // What the configuration binder throws for a value of the wrong type names the key and the value.
        InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException } => new(exception.Message, ExitCodes.Usage),
        InvalidOperationException when exception.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) => new(exception.Message, ExitCodes.Usage),
        StorageException => new(exception.Message, ExitCodes.Failed),
        AggregateException { InnerException: { } inner } => Explain(inner),
        _ => null,
    };

    /// <summary>Tells the person.</summary>
    /// <returns>The exit code.</returns>
    public int Tell(string program)
    {
        try
        {
            Console.Error.WriteLine(TerminalText.Of($"{program}: {Message}"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Full or closed, too: nobody is left to be told.
        }

        return ExitCode;
    }
}
