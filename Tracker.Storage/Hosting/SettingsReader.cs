using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace Tracker.Storage.Hosting;

/// <summary>Finds out which settings hold, and who says so.</summary>
internal static class SettingsReader
{
    private const string Hidden = "(set, not shown)";

    /// <param name="arguments">Settings of the command line.</param>
    /// <exception cref="SettingsException">An argument is no known key, or the settings file is not valid JSON.</exception>
    public static SettingsReport Read(IReadOnlyList<string> arguments)
    {
        var configuration = new ConfigurationManager(); // Which reads at once: what is wrong with the file is told as every command tells it.
        configuration.AddTrackerSettings(arguments);
        var file = TrackerPaths.SettingsPath();
        return new SettingsReport
        {
            File = file,
            FileExists = File.Exists(file),
            Settings = [.. KnownSettings.All.SelectMany(setting => InForce(setting, configuration))],
            Unknown = [.. TrackerConfiguration.FindUnknownKeys(configuration)],
        };
    }

    private static IEnumerable<SettingInForce> InForce(KnownSetting setting, IConfigurationRoot configuration)
    {
        var byDefault = KnownSettings.DefaultOf(setting);
        return configuration.AsEnumerable()
            .Where(pair => pair.Value is not null && setting.Has(pair.Key))
            .OrderBy(pair => pair.Key, ConfigurationKeyComparer.Instance)
            .Select(pair => new SettingInForce(pair.Key, Shown(setting, pair.Value!), SourceOf(pair.Key, configuration), byDefault))
            .DefaultIfEmpty(new SettingInForce(setting.Key, byDefault, "default", byDefault));
    }

    private static string Shown(KnownSetting setting, string value) => setting switch
    {
        { IsSecret: true } => Hidden,
        { IsAddress: true } => ShownAddress.Of(value),
        _ => value,
    };

    // The last one wins.
    private static string SourceOf(string key, IConfigurationRoot configuration) => configuration.Providers.Last(provider => provider.TryGet(key, out _)) switch
    {
        JsonConfigurationProvider => TrackerPaths.SettingsPath(),
        EnvironmentVariablesConfigurationProvider => TrackerConfiguration.VariablePrefix + key.Replace(":", "__", StringComparison.Ordinal),
        _ => "command line",
    };
}
