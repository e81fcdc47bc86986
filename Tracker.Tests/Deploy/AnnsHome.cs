using System.Globalization;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

/// <summary>A home with a release to install from, settings and a client's settings of its owner's, for an <see cref="OwnMachine"/>.</summary>
internal sealed class AnnsHome
{
    public const string ClientSettingsBefore = "{\n  // mine\n  \"model\": \"opus\",\n}\n";

    private readonly int _port = FreePort.Find();

    public AnnsHome(CountedCalls calls)
    {
        Proxy = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/"));
        SettingsBefore = $$"""
            {
              // mine
              "Urls": "{{Proxy.GetLeftPart(UriPartial.Authority)}}",
              "Proxy": { "Providers": { "anthropic": { "BaseAddress": "{{calls.Address.GetLeftPart(UriPartial.Authority)}}" } } },
            }

            """.ReplaceLineEndings("\n");
    }

    public Uri Proxy { get; }

    public string SettingsBefore { get; }

    /// <summary>Lets systemd open another port than the usual one, as docs/operations.md says.</summary>
    public string UsePort => string.Create(
        CultureInfo.InvariantCulture, $"mkdir -p /etc/systemd/system/tracker-proxy.socket.d && printf '[Socket]\\nListenStream=\\nListenStream=127.0.0.1:{_port}\\n' > /etc/systemd/system/tracker-proxy.socket.d/override.conf");

    public void Prepare(string home)
    {
        Release.CreateIn(Path.Combine(home, "release"));
        Write(Path.Combine(home, ".config/tracker/appsettings.json"), SettingsBefore);
        Write(Path.Combine(home, ".claude/settings.json"), ClientSettingsBefore);
    }

    public static string ReadSettings(OwnMachine machine) => File.ReadAllText(Path.Combine(machine.Home, ".config/tracker/appsettings.json"));

    public static string ReadClientSettings(OwnMachine machine) => File.ReadAllText(Path.Combine(machine.Home, ".claude/settings.json"));

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
