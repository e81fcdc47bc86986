using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration.Json;
using Tracker.Proxy.Connecting;
using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Paths;

/// <summary>
/// Tracker's own settings file, changed as those of clients are: nothing that is there is touched, and taken back are the very bytes. It is no client that anybody could name.
/// </summary>
internal sealed class OwnSettings(string file, string database, string clientHome) : Client
{
    public static SettingKey DatabasePath { get; } = new("Storage", "DatabasePath");

    private static SettingKey ClientHome { get; } = new("Importer", "Home");

    public string File => file;

    public override string Name => "tracker";

    public override string Title => "Settings";

    public override string WithoutProxy => "every program uses the paths of its own user";

    public override ClientPlace Locate(UserHome home) => new(true, file, JsonSettings.Instance);

    // What the file says already, in whatever spelling, must not be said again: the configuration takes no key twice.
    public override ClientPlan Plan(string text, UserHome home, ProxyRoutes routes)
    {
        var said = Read(text);
        return new ClientPlan([.. new[] { new WantedSetting(DatabasePath, database, SettingRole.Companion), new WantedSetting(ClientHome, clientHome, SettingRole.Companion) }
            .Where(setting => !said.TryGet(ConfigurationPath.Combine(setting.Key.Parts), out _))]);
    }

    /// <summary>The settings in a text as the programs read them: without regard to letter case, and also as one flat key.</summary>
    /// <exception cref="MalformedSettingsException">No program would start with it.</exception>
    public static IConfigurationProvider Read(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(string.IsNullOrWhiteSpace(text) ? "{}" : text));
        var provider = new JsonStreamConfigurationProvider(new JsonStreamConfigurationSource { Stream = stream });
        try
        {
            provider.Load();
            return provider;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw new MalformedSettingsException($"no program would start with what was to be written: {exception.Message}", exception);
        }
    }
}
