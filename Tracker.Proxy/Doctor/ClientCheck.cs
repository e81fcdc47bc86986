using Tracker.Proxy.Connecting;
using Tracker.Storage.Care;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Doctor;

/// <summary>Each client: whether it is pointed here, and whether it was seen in the last day.</summary>
internal static class ClientCheck
{
    private const string Name = "clients";
    private const string Unheeded = "end it and start it again; if that is no help, another address goes before this one (a variable of its shell, settings of a project), or it has another login than when it was connected";
    private static readonly TimeSpan LastDay = TimeSpan.FromDays(1);

    // A shell, say: connected when somebody says so, and otherwise nobody's concern.
    private static readonly HashSet<string> OnlyByName = [.. KnownClients.All.Where(client => client.IsOnlyByName).Select(client => client.Name)];

    public static IEnumerable<Finding> Look(Patient patient, ClientConnections connections)
    {
        try
        {
            return Look(patient, connections.Look());
        }
        catch (SettingsException exception)
        {
            return [Finding.Warning(Name, exception.Message, "tracker-proxy connect --list shows the same until it is corrected")];
        }
    }

    private static List<Finding> Look(Patient patient, IReadOnlyList<ClientStatus> clients)
    {
        var seen = patient.Facts?.Clients ?? [];
        return
        [
            .. clients.Where(client => client.State == ClientState.Here || (!OnlyByName.Contains(client.Client) && (client.IsFound || seen.Any(other => other.Name == client.Client))))
                .Select(client => Look(client, seen.FirstOrDefault(other => other.Name == client.Client), patient)),
            .. seen.Where(other => clients.All(client => client.Client != other.Name)).Select(other => LookAtUnknown(other, patient)),
        ];
    }

    private static Finding LookAtUnknown(SeenClient other, Patient patient) => IsPast(other, patient)
        ? Finding.Warning(Name, $"{other.Name} works past the proxy: {Seen(other, patient)}", "point it at the proxy for exact counts at once; without, the importer covers what it logs")
        : Finding.Ok(Name, $"{other.Name} is used: {Seen(other, patient)}");

    private static Finding Look(ClientStatus client, SeenClient? seen, Patient patient)
    {
        var connect = $"tracker-proxy connect {client.Client}";
        var when = Seen(seen, patient);
        return client.State switch
        {
            ClientState.Here when client.Notes.Count > 0 => Finding.Warning(Name, $"{client.Title} is pointed here ({client.File}), but {string.Join("; ", client.Notes)}", "correct that, or its calls may not come here"),
            ClientState.Here when seen is not null && IsPastSinceConnected(client, seen, patient) => Finding.Warning(Name, $"{client.Title} is pointed here ({client.File}), and works past the proxy: {LogsAndWire(seen)}", Unheeded),
            ClientState.Here when seen is null && OnlyByName.Contains(client.Client) => Finding.Ok(Name, $"{client.Title} points what is started from it here ({client.File})"),
            ClientState.Here => Finding.Ok(Name, $"{client.Title} is pointed here: {when}"),
            ClientState.Unreadable => Finding.Warning(Name, $"{client.Title}'s settings {client.File} cannot be read: {client.Obstacle}", "correct them; the client itself cannot read them either"),
            ClientState.CannotConnect => Finding.Ok(Name, $"{client.Title} cannot be pointed here ({client.Obstacle}); {client.WithoutProxy}"),
            // An environment variable, or a setting of a project's, points it here.
            _ when seen is not null && !IsPast(seen, patient) => Finding.Ok(Name, $"{client.Title} comes through the proxy, though its settings {client.File} do not say so: {when}"),
            ClientState.Elsewhere => Finding.Warning(Name, $"{client.Title} is pointed at {client.Address} ({client.File}) and not here: {when}", $"{connect}, if it should go through the proxy"),
            _ => Finding.Warning(Name, $"{client.Title} is not pointed here: {when}", $"{connect}; without, {client.WithoutProxy}"),
        };
    }

    // Its log tells of calls that the wire has not seen.
    private static bool IsPast(SeenClient seen, Patient patient) =>
        seen.OnWire is not { } wire || (wire < patient.Now - LastDay && seen.InLogs > wire + LastDay);

    // What it did before it was connected does not count. Nobody knows since when one is pointed here that was by hand.
    private static bool IsPastSinceConnected(ClientStatus client, SeenClient seen, Patient patient) =>
        client.ConnectedAt is { } connected ? seen.InLogs > connected && (!(seen.OnWire >= connected) || IsPast(seen, patient)) : IsPast(seen, patient);

    private static string Seen(SeenClient? seen, Patient patient) => seen switch
    {
        null => "no call of it in 30 days",
        { OnWire: { } wire } when !IsPast(seen, patient) => $"last seen by the proxy at {Shown(wire)}{(wire >= patient.Now - LastDay ? "" : ", not in the last day")}",
        _ => LogsAndWire(seen),
    };

    private static string LogsAndWire(SeenClient seen) =>
        $"its logs tell of calls until {Shown(seen.InLogs)}, and the proxy has {(seen.OnWire is { } wire ? $"last seen it at {Shown(wire)}" : "seen none in 30 days")}";

    private static string Shown(DateTimeOffset? time) => time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm") ?? "?";
}
