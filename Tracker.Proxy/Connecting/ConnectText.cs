using System.Text;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Connecting;

/// <summary>Where clients are pointed, for people.</summary>
internal static class ConnectText
{
    public static string List(IReadOnlyList<ClientStatus> clients, string proxy, UserHome home)
    {
        var text = new StringBuilder();
        var width = clients.Max(client => client.Client.Length);
        text.AppendLine($"Tracker: {proxy}");
        foreach (var client in clients)
        {
            AppendLine($"{client.Client.PadRight(width)}  {(client.IsFound ? "found    " : "not found")}  {StateOf(client)}  {home.Shorten(client.File)}{(client.Line is { } line ? $":{line}" : "")}");
            // What stands in the way of a client that is not used here is nobody's concern.
            foreach (var note in client.IsFound ? client.Notes.Prepend(client.Obstacle).OfType<string>().Concat(client.Hints) : [])
            {
                AppendLine($"{"".PadRight(width)}             {note}");
            }
        }

        return text.ToString();

        // A line is one: names of files and addresses have no lines of their own.
        void AppendLine(string line) => text.AppendLine(TerminalText.OfValue(line));
    }

    private static string StateOf(ClientStatus client) => client.State switch
    {
        ClientState.Here => $"connected here ({client.Address}{(client.ConnectedAt is null ? ", by hand" : "")})",
        ClientState.Elsewhere => $"elsewhere ({client.Address})",
        ClientState.CannotConnect when !client.IsFound => "not connected",
        ClientState.CannotConnect => $"cannot be connected; {client.WithoutProxy}",
        ClientState.Unreadable => "its settings cannot be read",
        _ => "not connected",
    };
}
