using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Tracker.Proxy.Connecting;
using Tracker.Proxy.Forwarding;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy.Connecting;

/// <summary>A home with clients' settings in it, and the connecting of them, without a process.</summary>
internal sealed class ConnectHome : IDisposable
{
    private readonly TempDirectory _folder = new();

    public string Home => _folder.File("home");

    public string this[string path] => System.IO.Path.Combine([Home, .. path.Split('/')]);

    /// <summary>Where the record of the connections is.</summary>
    public string Record => _folder.File("connections.json");

    public void Dispose() => _folder.Dispose();

    public void Write(string path, byte[] bytes)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[path])!);
        File.WriteAllBytes(this[path], bytes);
    }

    public void Write(string path, string text) => Write(path, System.Text.Encoding.UTF8.GetBytes(text));

    public string Read(string path) => File.ReadAllText(this[path]);

    public ClientConnections Connections(string address = "http://127.0.0.1:8082", params (string Provider, string BaseAddress)[] providers)
    {
        var options = new ProxyOptions();
        foreach (var (provider, baseAddress) in providers)
        {
            options.Providers[provider] = new ProviderOptions { BaseAddress = baseAddress };
        }

        return new ClientConnections(new UserHome(Home), new ProxyRoutes(address.Split(';'), new ProviderCatalog(Options.Create(options))), new ConnectionStore(Record), new FakeTimeProvider());
    }

    /// <summary>Connects a client as the command does.</summary>
    public FileChange Connect(Client client, ClientConnections? connections = null)
    {
        connections ??= Connections();
        var change = connections.PlanConnecting(client);
        if (change is { Obstacle: null, ChangesFile: true })
        {
            connections.Apply(change);
        }

        return change;
    }

    /// <summary>Disconnects it.</summary>
    public IReadOnlyList<FileChange> Disconnect(Client client, ClientConnections? connections = null)
    {
        connections ??= Connections();
        var changes = connections.PlanDisconnecting(client).ToList();
        changes.ForEach(connections.Apply);
        return changes;
    }

    /// <summary>Every file and folder of the home, with what is in it.</summary>
    public IReadOnlyDictionary<string, string> Contents() => Directory.EnumerateFileSystemEntries(Home, "*", SearchOption.AllDirectories)
        .ToDictionary(path => path, path => Directory.Exists(path) ? "folder" : Convert.ToHexString(File.ReadAllBytes(path)));

    public static Client Client(string name) => KnownClients.All.Single(client => client.Name == name);
}
