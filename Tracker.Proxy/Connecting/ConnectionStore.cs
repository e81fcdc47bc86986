using System.Text.Json;
using Tracker.Proxy.Connecting.Editing;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Connecting;

/// <summary>The connections that were made, in <c>connections.json</c> beside the user's settings.</summary>
internal sealed class ConnectionStore(string path)
{
    /// <exception cref="SettingsException">It cannot be understood.</exception>
    public IReadOnlyList<Connection> Read()
    {
        var file = SettingsFile.Read(path);
        if (file.Bytes is null)
        {
            return [];
        }

        try
        {
            return JsonSerializer.Deserialize(file.Text, ConnectionJson.Default.ConnectionDocument)?.Connections ?? [];
        }
        catch (JsonException exception)
        {
            throw new SettingsException($"{path}:{(exception.LineNumber ?? 0) + 1} is not as Tracker has written it. Move it away to go on without it: disconnect then takes away addresses of this proxy, and nothing else.", exception);
        }
    }

    /// <summary>Remembers a connection in the place of what was known of its file, or forgets that.</summary>
    public void Put(string client, string file, Connection? connection)
    {
        var others = Read().Where(known => known.Client != client || known.File != file);
        SettingsFile.CreateFolders(path);
        SettingsFile.Read(path).Replace(JsonSerializer.Serialize(new ConnectionDocument(1, [.. others, .. connection is null ? Array.Empty<Connection>() : [connection]]), ConnectionJson.Default.ConnectionDocument) + "\n");
    }
}
