using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Tracker.Storage.Hosting;

/// <summary>The sources of settings, the same for both programs: one file, then <c>TRACKER_…</c> variables, then the command line.</summary>
public static class TrackerConfiguration
{
    internal const string VariablePrefix = "TRACKER_";

    /// <summary>Replaces the configuration's sources with Tracker's own.</summary>
    /// <param name="configuration">The host's configuration.</param>
    /// <param name="arguments">What the command line has left after its options: <c>--Key=value</c> or <c>--Key value</c>.</param>
    /// <exception cref="SettingsException">An argument is no known key, or the settings file cannot be read. (A plain <see cref="ConfigurationBuilder"/> would read it later, and throw what it likes.)</exception>
    public static void AddTrackerSettings(this IConfigurationManager configuration, IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Sources.Clear();
        AddFile(configuration, TrackerPaths.SettingsPath());
        configuration.AddEnvironmentVariables(VariablePrefix);
        configuration.AddInMemoryCollection(ParseArguments(arguments));
    }

    /// <summary>Keys under Tracker's sections that nothing reads: typing errors, to be named at start.</summary>
    public static IEnumerable<string> FindUnknownKeys(IConfiguration configuration) => configuration.AsEnumerable()
        .Where(pair => pair.Value is not null && !KnownSettings.IsKnown(pair.Key))
        .Select(pair => pair.Key)
        .Order(StringComparer.OrdinalIgnoreCase);

    /// <summary>Why no program starts with a settings file that is not this one's own.</summary>
    /// <returns>Null when one would, also without the file.</returns>
    public static string? FindFault(string file)
    {
        try
        {
            AddFile(new ConfigurationManager(), file);
            return null;
        }
        catch (SettingsException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Looks at the arguments alone.</summary>
    /// <exception cref="SettingsException">An argument is no known key.</exception>
    public static void RequireKnown(IReadOnlyList<string> arguments) => ParseArguments(arguments);

    internal static Dictionary<string, string?> ParseArguments(IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? argument : argument[..equals];
            if (!key.StartsWith("--", StringComparison.Ordinal) || !KnownSettings.IsKnown(key[2..]))
            {
                throw new SettingsException($"'{argument}' is no option and no setting of this program. See --help.");
            }

            settings[key[2..]] = equals >= 0 ? argument[(equals + 1)..]
                : i + 1 < arguments.Count ? arguments[++i]
                : throw new SettingsException($"The setting {key} needs a value: {key}=VALUE.");
        }

        return settings;
    }

    private static void AddFile(IConfigurationBuilder configuration, string path)
    {
        try
        {
            // Read once: a half-saved file must not change a running program.
            configuration.AddJsonFile(path, optional: true, reloadOnChange: false);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"Cannot read the settings file {path}{WhatIsWrong(exception.GetBaseException())}", exception);
        }
    }

    // What a JsonException says quotes the file, in which an access token may be.
    private static string WhatIsWrong(Exception exception) => exception is JsonException { LineNumber: { } line } ? $":{line + 1}: it is not valid JSON." : $": {exception.Message}";
}
