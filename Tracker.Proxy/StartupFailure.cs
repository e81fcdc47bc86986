using Microsoft.Extensions.Options;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy;

/// <summary>Why the proxy could not start, as one line for the person who can act, and the exit code.</summary>
internal sealed record StartupFailure(string Message, int ExitCode)
{
    /// <returns>Null for a failure that is a bug and should show its stack trace.</returns>
    public static StartupFailure? Explain(Exception exception) => exception switch
    {
        SettingsException => new(exception.Message, ExitCodes.Usage),
        OptionsValidationException validation => new(string.Join(" ", validation.Failures), ExitCodes.Usage),
        // What the configuration binder throws for a value of the wrong type names the key and the value.
        InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException } => new(exception.Message, ExitCodes.Usage),
        InvalidOperationException when exception.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) => new(exception.Message, ExitCodes.Usage),
        StorageException => new(exception.Message, ExitCodes.Failed),
        IOException => new($"{exception.Message} Set Urls to another address, or stop what uses this one.", ExitCodes.Failed),
        System.Net.Sockets.SocketException => new($"Cannot listen: {exception.Message}. Set Urls to an address of this machine and a port that this user may use.", ExitCodes.Failed),
        AggregateException { InnerException: { } inner } => Explain(inner),
        _ => null,
    };
}
