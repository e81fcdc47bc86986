using Tracker.Proxy.Connecting;
using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Paths;

/// <summary>
/// Tracker's own settings file, changed as those of clients are: nothing that is there is touched, and taken back are the very bytes. It is no client that anybody could name.
/// </summary>
internal sealed class OwnSettings(string file, string database, string clientHome) : Client
{
    public static SettingKey DatabasePath { get; } = new("Storage", "DatabasePath");

    public string File => file;

    public override string Name => "tracker";

    public override string Title => "Settings";

    public override string WithoutProxy => "every program uses the paths of its own user";

    public override ClientPlace Locate(UserHome home) => new(true, file, JsonSettings.Instance);

    public override ClientPlan Plan(string text, UserHome home, ProxyRoutes routes) => new(
        new WantedSetting(DatabasePath, database, SettingRole.Companion),
        new WantedSetting(new SettingKey("Importer", "Home"), clientHome, SettingRole.Companion));
}
