using System.Security.Cryptography;
using System.Text;
using Tracker.Proxy.Connecting.Editing;
using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Listening;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Connecting;

/// <summary>Which clients are pointed where, and what would have to be changed to point them here and back.</summary>
internal sealed class ClientConnections(UserHome home, ProxyRoutes routes, ConnectionStore store, TimeProvider time)
{
    private static readonly SettingKey Whole = new();

    private static readonly string[] Variables = ["ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "COPILOT_PROVIDER_BASE_URL"];

    private static readonly IReadOnlyList<ISettingsFormat> Formats = [JsonSettings.Instance, TomlSettings.Instance, EnvFileSettings.Instance, MarkedBlock.Instance];

    /// <summary>For the proxy that the settings describe.</summary>
    /// <exception cref="SettingsException">Urls is wrong.</exception>
    public static ClientConnections Of(IConfiguration configuration, ProviderCatalog providers) => new(
        new UserHome(configuration["Importer:Home"]), new ProxyRoutes(ListenAddresses.Read(configuration).All, providers), new ConnectionStore(TrackerPaths.ConnectionsPath()), TimeProvider.System);

    public UserHome Home => home;

    /// <summary>The proxy's address, as clients get it.</summary>
    public string Address => routes.Address;

    /// <summary>The variables of this shell that lead here: what is started from it does not ask any file.</summary>
    public IEnumerable<string> VariablesThatLeadHere => Variables.Where(name => routes.LeadsHere(home.Variable(name)));

    /// <summary>How all clients stand.</summary>
    /// <exception cref="SettingsException">What is remembered of the connections is damaged.</exception>
    public IReadOnlyList<ClientStatus> Look() => [.. KnownClients.All.Select(Look)];

    /// <summary>How a client stands; what is wrong with its files is in the answer.</summary>
    public ClientStatus Look(Client client)
    {
        var place = client.Locate(home);
        var status = new ClientStatus(client.Name, client.Title, client.WithoutProxy) { IsFound = place.IsFound, File = place.File };
        try
        {
            var file = SettingsFile.Read(place.File);
            var known = store.Read().FirstOrDefault(connection => connection.Client == client.Name && IsSame(connection.File, file.Path));
            var plan = PlanFor(client, place.Format, file.Text);
            var found = plan.Settings.Where(setting => setting.Role != SettingRole.Companion)
                .Select(setting => (setting, Found: place.Format.Find(file.Text, setting.Key))).Where(setting => !string.IsNullOrEmpty(setting.Found?.Text)).ToList();
            var here = found.Find(pair => pair.setting.Role == SettingRole.Block || routes.LeadsHere(pair.Found!.Text)).Found;
            var shown = here ?? found.FirstOrDefault().Found;
            var between = ObstacleBetween(client, file.Text);
            var obstacle = plan.Obstacle ?? (here is null ? between : null);
            return status with
            {
                FileExists = file.Bytes is not null,
                State = obstacle is not null ? ClientState.CannotConnect : here is not null ? ClientState.Here : shown is not null ? ClientState.Elsewhere : ClientState.NotConnected,
                Address = here is null || place.Format.Name != MarkedBlock.Instance.Name ? WithoutSecrets(shown?.Text) : routes.Address,
                Line = shown?.Line,
                ConnectedAt = known?.ConnectedAt,
                Obstacle = obstacle,
                Notes = here is null ? [] : between is null ? plan.Notes : [between, .. plan.Notes],
                Hints = here is null ? [] : plan.Hints,
            };
        }
        catch (MalformedSettingsException exception)
        {
            return status with { File = exception.File ?? place.File, FileExists = true, State = ClientState.Unreadable, Line = exception.Line == 0 ? null : exception.Line, Obstacle = exception.Message };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return status with { FileExists = true, State = ClientState.Unreadable, Obstacle = exception.Message };
        }
    }

    /// <exception cref="MalformedSettingsException">The client's settings are broken.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">They cannot be read.</exception>
    public FileChange PlanConnecting(Client client)
    {
        var place = client.Locate(home);
        var file = SettingsFile.Read(place.File);
        return MalformedSettingsException.Within(file.Path, () => PlanChange(client, place, file));
    }

    private FileChange PlanChange(Client client, ClientPlace place, SettingsFile file)
    {
        var known = store.Read().FirstOrDefault(connection => connection.Client == client.Name && IsSame(connection.File, file.Path));
        var before = known is null ? file.Text : TakeBack(file, known).Text;
        var plan = PlanFor(client, place.Format, before);
        var nothing = new FileChange { Client = client, File = file, After = file.Bytes is null ? null : file.Text, Connection = known, Known = known, Notes = [.. plan.Notes, .. plan.Hints] };
        if ((plan.Obstacle ?? ObstacleBetween(client, before)) is { } obstacle)
        {
            return nothing with { Obstacle = obstacle };
        }

        var written = new List<(WantedSetting Wanted, string Literal)>();
        var notes = new List<string>(plan.Notes);
        var isHere = false;
        foreach (var wanted in plan.Settings)
        {
            var existing = place.Format.Find(before, wanted.Key);
            var value = wanted.Role != SettingRole.Companion ? ValueFor(wanted, existing, notes, ref isHere) : existing is null ? wanted.Value : null;
            if (value is not null)
            {
                written.Add((wanted, place.Format.Quote(value)));
            }
        }

        if (!isHere && plan.Settings.Any(wanted => wanted.Role != SettingRole.Companion))
        {
            return nothing with { Obstacle = notes.Count > 0 ? string.Join("; ", notes) : "it has no address that could be changed", Notes = [] };
        }

        if (written.Count == 0 || written.TrueForAll(setting => place.Format.Find(file.Text, setting.Wanted.Key)?.Literal == setting.Literal))
        {
            return nothing with { Notes = [.. notes, .. plan.Hints] };
        }

        return Write(nothing with { Notes = [.. notes, .. plan.Hints] }, place.Format, before, written);
    }

    /// <summary>What takes back a client's connections: each file that was changed, and addresses of this proxy that were written by hand.</summary>
    /// <inheritdoc cref="PlanConnecting"/>
    public IEnumerable<FileChange> PlanDisconnecting(Client client)
    {
        var place = client.Locate(home);
        var connections = store.Read().Where(connection => connection.Client == client.Name).ToList();
        foreach (var known in connections)
        {
            yield return PlanTakingBack(client, place, known);
        }

        if (!connections.Exists(known => IsIn(place, known)) && MayHoldOurs(place.File) && PlanTakingAway(client, place) is { } change)
        {
            yield return change;
        }
    }

    private static bool IsIn(ClientPlace place, Connection known) => IsSame(known.File, place.File);

    // A file may have become a link since it was connected, and a home has two names where it is below a link.
    private static bool IsSame(string one, string other) => one == other || TrackerPaths.WithoutLinks(one) == TrackerPaths.WithoutLinks(other);

    /// <summary>
    /// Whether a file that nothing is known of has anything like an address of ours in it, or the mark of a block. One that has not is none of Tracker's concern, even if it can be understood by
    /// nobody: it must not keep the other clients from being disconnected, or Tracker from being uninstalled.
    /// </summary>
    private bool MayHoldOurs(string file)
    {
        byte[] bytes;
        try
        {
            bytes = File.Exists(file) ? File.ReadAllBytes(file) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // Nobody has let Tracker write there.
        }

        // NULs apart, ASCII looks the same in all encodings that are read.
        return TextMayHoldOurs(Encoding.Latin1.GetString(bytes).Replace("\0", "", StringComparison.Ordinal));
    }

    private bool TextMayHoldOurs(string text) => routes.Ports.Any(port => text.Contains(port, StringComparison.Ordinal)) || text.Contains(MarkedBlock.FirstBegins, StringComparison.Ordinal);

    /// <summary>Makes a change. What is needed to take it back is on the disk before it is made.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be written.</exception>
    public void Apply(FileChange change)
    {
        var (file, connection) = (change.File, change.Connection);
        if (connection is not null)
        {
            connection = connection with { CreatedFolders = change.Known is null ? SettingsFile.CreateFolders(file.Path) : connection.CreatedFolders };
            if (connection.Backup is { } backup && !File.Exists(backup) && change.Known is null)
            {
                file.CopyTo(backup);
            }

            store.Put(change.Client.Name, change.Known?.File ?? file.Path, connection);
        }

        if (change.ChangesFile)
        {
            if (change.After is null)
            {
                file.Delete();
            }
            else
            {
                file.Replace(change.After);
            }
        }

        if (connection is null && change.Known is { } known)
        {
            CleanUp(known);
            store.Put(change.Client.Name, known.File, null);
        }
    }

    // A broken file is told before anything else of it.
    private ClientPlan PlanFor(Client client, ISettingsFormat format, string text)
    {
        _ = format.Find(text, Whole);
        return client.Plan(text, home, routes);
    }

    private string? ObstacleBetween(Client client, string text) => HttpProxyVariables.Obstacle(name => client.Variable(text, home, name) is { Length: > 0 } value ? value : null, client.ReadsNoProxy, routes.Address);

    /// <summary>The value that an address or a block is to get; null: it stays as it is.</summary>
    private string? ValueFor(WantedSetting wanted, FoundSetting? existing, List<string> notes, ref bool isHere)
    {
        if (wanted.Role == SettingRole.Block || existing is null or { Text: "" } or { Literal: "null" })
        {
            isHere |= wanted.Value is not null;
            return wanted.Value;
        }

        if (routes.LeadsHere(existing.Text))
        {
            isHere = true;
            return null;
        }

        if (existing.Text is { } address && routes.ThroughHere(address) is { } through)
        {
            isHere = true;
            return through;
        }

        notes.Add($"{wanted.Key} is {WithoutSecrets(existing.Text) ?? "no text"}, where none of Tracker's providers is, and stays; to go there through Tracker, set Proxy:Providers:<name>:BaseAddress to it and connect again");
        return null;
    }

    private FileChange Write(FileChange change, ISettingsFormat format, string before, List<(WantedSetting Wanted, string Literal)> settings)
    {
        var text = before;
        var (edits, connected) = (new List<TextEdit>(), new List<ConnectedSetting>());
        foreach (var (wanted, literal) in Enumerable.Reverse(settings)) // New ones go to the top.
        {
            var parts = wanted.Key.Parts;
            var createdParents = Enumerable.Range(1, parts.Count - 1).Count(depth => format.Find(text, new SettingKey([.. parts.Take(depth)])) is null);
            var former = change.Known?.Settings.FirstOrDefault(setting => setting.Key.SequenceEqual(parts))?.Literal;
            connected.Insert(0, new ConnectedSetting(parts, literal, format.Find(text, wanted.Key)?.Literal, createdParents, former));
            edits.Add(format.Write(text, wanted.Key, literal));
            text = edits[^1].ApplyTo(text);
        }

        var file = change.File;
        return change with
        {
            After = text,
            Shown = Shown(format, connected),
            Connection = new Connection
            {
                Client = change.Client.Name,
                File = file.Path,
                Format = format.Name,
                ConnectedAt = time.GetUtcNow(),
                Backup = change.Known is { } known ? known.Backup : file.Bytes is null ? null : FreeName(file.Path),
                CreatedFolders = change.Known?.CreatedFolders ?? [],
                Settings = connected,
                Hash = Hash(file.Encode(text)),
                Edits = edits,
            },
        };
    }

    private FileChange PlanTakingBack(Client client, ClientPlace place, Connection known)
    {
        var file = SettingsFile.Read(known.File);
        if (file.Bytes is null)
        {
            return new FileChange { Client = client, File = file, After = null, Known = known };
        }

        var format = FormatOf(known);
        var (text, notes) = MalformedSettingsException.Within(file.Path, () => TakeBack(file, known));
        IReadOnlyList<ConnectedSetting> byHand = [];
        if (IsIn(place, known) && place.Format.Name == format.Name && TextMayHoldOurs(text))
        {
            (text, byHand) = MalformedSettingsException.Within(file.Path, () => TakeAway(client, format, text));
        }

        return new FileChange
        {
            Client = client,
            File = file,
            After = known.Backup is null && format.IsEmpty(text, Whole) ? null : text,
            Known = known,
            Notes = notes,
            Shown = Shown(format, known.Settings.Concat(byHand)),
        };
    }

    /// <summary>The file without what connecting has changed in it. A setting that has another value by now is its user's, and stays.</summary>
    private (string Text, IReadOnlyList<string> Notes) TakeBack(SettingsFile file, Connection known)
    {
        if (file.Bytes is null)
        {
            return (file.Text, []);
        }

        if (Hash(file.Bytes) == known.Hash)
        {
            return (Enumerable.Reverse(known.Edits).Aggregate(file.Text, (text, edit) => edit.TakeBackFrom(text)), []);
        }

        var (now, format, notes) = (file.Text, FormatOf(known), new List<string>());
        foreach (var setting in known.Settings)
        {
            var key = new SettingKey(setting.Key);
            if (format.Find(now, key) is not { } found)
            {
                continue;
            }

            // What leads to this proxy is not for the time after it, whoever wrote it. What is between the marks is Tracker's, as they say.
            if (format.Name != MarkedBlock.Instance.Name && found.Literal != setting.Literal && found.Literal != setting.Former && !routes.LeadsHere(found.Text))
            {
                notes.Add($"{key} was changed since and stays as it is");
                continue;
            }

            now = (setting.Previous is { } previous ? format.Write(now, key, previous) : format.Remove(now, key)!).ApplyTo(now);
            for (var (parent, left) = (key.Parent, setting.CreatedParents); left > 0 && parent.Parts.Count > 0 && format.IsEmpty(now, parent); left--)
            {
                now = format.Remove(now, parent)!.ApplyTo(now);
                parent = parent.Parent;
            }
        }

        return (now, notes);
    }

    /// <summary>For addresses of this proxy in a file that nothing is known of, because they were written by hand or the record is lost: without the proxy they lead nowhere.</summary>
    private FileChange? PlanTakingAway(Client client, ClientPlace place)
    {
        var file = SettingsFile.Read(place.File);
        var (text, taken) = MalformedSettingsException.Within(file.Path, () => TakeAway(client, place.Format, file.Text));
        return taken.Count == 0 ? null : new FileChange { Client = client, File = file, After = text, Shown = Shown(place.Format, taken) };
    }

    /// <summary>A text without the addresses of this proxy that are in it, and without Tracker's block.</summary>
    private (string Text, IReadOnlyList<ConnectedSetting> Taken) TakeAway(Client client, ISettingsFormat format, string text)
    {
        var settings = PlanFor(client, format, text).Settings.Where(setting => setting.Role == SettingRole.Block
            ? format.Find(text, setting.Key) is not null
            : setting.Role == SettingRole.Address && routes.LeadsHere(format.Find(text, setting.Key)?.Text)).ToList();
        var (now, taken) = (text, new List<ConnectedSetting>());
        foreach (var setting in settings)
        {
            var found = format.Find(now, setting.Key)!;
            // Where the client needs some address, it gets its upstream's own.
            var upstream = setting.Value is null && routes.Beyond(found.Text!) is { } beyond ? format.Quote(beyond) : null;
            taken.Add(new ConnectedSetting(setting.Key.Parts, found.Literal, upstream, 0));
            now = (upstream is null ? format.Remove(now, setting.Key)! : format.Write(now, setting.Key, upstream)).ApplyTo(now);
        }

        return (now, taken);
    }

    private static void CleanUp(Connection known)
    {
        if (known.Backup is { } backup && File.Exists(backup) && File.Exists(known.File) && File.ReadAllBytes(backup).AsSpan().SequenceEqual(File.ReadAllBytes(known.File)))
        {
            File.Delete(backup);
        }

        foreach (var folder in known.CreatedFolders.TakeWhile(folder => Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            Directory.Delete(folder);
        }
    }

    private static IReadOnlyList<string> Shown(ISettingsFormat format, IEnumerable<ConnectedSetting> settings) =>
    [
        .. settings.SelectMany(setting => setting.Key.Where(name => !int.TryParse(name, out _)).Append(setting.Literal).Append(setting.Previous ?? "").Concat(setting.Key.Select(format.Quote)))
            .SelectMany(text => text.ReplaceLineEndings("\n").Split('\n')),
        .. format.Name == MarkedBlock.Instance.Name ? MarkedBlock.Marks : [],
    ];

    private static string FreeName(string file) =>
        Enumerable.Range(1, int.MaxValue).Select(number => $"{file}.before-tracker{(number == 1 ? "" : $"-{number}")}").First(name => !File.Exists(name));

    private static ISettingsFormat FormatOf(Connection connection) =>
        Formats.FirstOrDefault(format => format.Name == connection.Format) ?? throw new MalformedSettingsException($"it was connected by another version of Tracker, as '{connection.Format}'");

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    // An address may hold a password or a key.
    private static string? WithoutSecrets(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/') : address is null ? null : "no address";
}
