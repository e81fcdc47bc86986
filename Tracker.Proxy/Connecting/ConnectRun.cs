using Microsoft.Extensions.Options;
using Tracker.Proxy.Connecting.Editing;
using Tracker.Proxy.Doctor;
using Tracker.Proxy.Forwarding;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Connecting;

/// <summary>Does what <c>connect</c> and <c>disconnect</c> ask for: show every change, ask once, make them, and say what came of it.</summary>
internal sealed class ConnectRun
{
    private const string OfTheMachine = "/var/lib/tracker/";

    private readonly ClientConnections _connections;
    private readonly string _database;
    private readonly ConnectArguments _arguments;
    private readonly IReadOnlyList<Client> _named;
    private bool _hasFailed;
    private bool _hasConnected;

    private ConnectRun(ConnectArguments arguments)
    {
        _arguments = arguments;
        _named = [.. arguments.Clients.Select(Find)];
        (_connections, _database) = Open(arguments.Settings);
    }

    /// <returns>The process's exit code.</returns>
    public static int Connect(ConnectArguments arguments) => Run(arguments, run => run.Connect());

    /// <inheritdoc cref="Connect(ConnectArguments)"/>
    public static int Disconnect(ConnectArguments arguments) => Run(arguments, run => run.Disconnect());

    /// <inheritdoc cref="Connect(ConnectArguments)"/>
    public static int List(ConnectArguments arguments, bool json) => Run(arguments, run => run.List(json));

    private static int Run(ConnectArguments arguments, Action<ConnectRun> action)
    {
        try
        {
            var run = new ConnectRun(arguments);
            action(run);
            return run._hasFailed ? ExitCodes.Failed : ExitCodes.Ok;
        }
        catch (Exception exception) when (StartupFailure.Explain(exception) is { } failure)
        {
            return failure.Tell("tracker-proxy");
        }
    }

    private static (ClientConnections Connections, string Database) Open(IReadOnlyList<string> settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddTrackerSettings(settings);
        var options = configuration.GetSection(ProxyOptions.SectionName).Get<ProxyOptions>() ?? new ProxyOptions();
        return new ProxyOptionsValidator().Validate(null, options) is { Failed: true } faults
            ? throw new SettingsException(string.Join(" ", faults.Failures))
            : (ClientConnections.Of(configuration, new ProviderCatalog(Options.Create(options))), TrackerPaths.DatabasePath(new StorageOptions { DatabasePath = configuration["Storage:DatabasePath"] }));
    }

    private static Client Find(string name) => KnownClients.All.FirstOrDefault(client => client.Name == name)
        ?? throw new SettingsException($"'{name}' is no client that Tracker can connect. Known: {string.Join(", ", KnownClients.All.Select(client => client.Name))}.");

    private void Connect()
    {
        if (new Uri(_connections.Address).Port == 0)
        {
            throw new SettingsException("Urls leaves the port to the system (0): there is no address that clients could be pointed at.");
        }

        var clients = _named.Count > 0 ? _named : [.. KnownClients.All.Where(client => !client.IsOnlyByName && client.Locate(_connections.Home).IsFound)];
        if (clients.Count == 0)
        {
            Console.Out.WriteLine($"No client was found. Name one to connect it all the same: {string.Join(", ", KnownClients.All.Select(client => client.Name))}.");
            return;
        }

        var answer = Probe();
        if (WhyNotOurs(answer) is { } reason)
        {
            _hasFailed = true;
            Console.Error.WriteLine($"tracker-proxy: {_connections.Address} is not the proxy of this user: {TerminalText.OfValue(reason)}. Keys and prompts would go there, so nothing was changed. 'tracker-proxy doctor' tells more.");
            return;
        }

        Make([.. clients.SelectMany(client => Plan(client, () => [_connections.PlanConnecting(client)]))], change =>
            change.ChangesFile ? $"connected to {_connections.Address}{(change.Connection?.Backup is { } backup ? $"; as it was: {backup}" : "")}" : $"is connected to {_connections.Address} already");
        if (_hasConnected && answer.Answerer == Answerer.Nobody)
        {
            Console.Out.WriteLine($"Nothing answers at {_connections.Address} now: start Tracker before these clients, or they do not reach their models.");
        }
    }

    private void Disconnect()
    {
        var clients = _named.Count > 0 ? _named : KnownClients.All;
        var changes = clients.SelectMany(client => Plan(client, () => _connections.PlanDisconnecting(client).ToList())).ToList();
        if (changes.Count == 0 && !_hasFailed)
        {
            Console.Out.WriteLine("Nothing is connected.");
        }

        Make(changes, change => (change.Known is null || change.ChangesFile ? "disconnected" : "was disconnected by hand, and is forgotten")
            + (change.Known?.Backup is { } backup && File.Exists(backup) ? $"; the copy from before stays, because the file is another by now: {backup}" : ""));
        foreach (var variable in _connections.VariablesThatLeadHere)
        {
            Console.Out.WriteLine($"{variable} in this shell still leads to {_connections.Address}: what is started from it does, too.");
        }
    }

    private void List(bool json)
    {
        var clients = (_named.Count > 0 ? _named : KnownClients.All).Select(_connections.Look).ToList();
        CommandOutput.Show(new ConnectionsReport(_connections.Address, clients), json, () => ConnectionsReportJson.Default.ConnectionsReport, report => ConnectText.List(report.Clients, report.Proxy, _connections.Home));
    }

    private void Make(IReadOnlyList<FileChange> changes, Func<FileChange, string> result)
    {
        foreach (var change in changes.Where(change => change.Obstacle is not null))
        {
            Console.Out.WriteLine($"{change.Client.Title}: not connected: {change.Obstacle}. Without the proxy: {change.Client.WithoutProxy}.");
            _hasFailed |= _named.Count > 0;
        }

        foreach (var change in changes.Where(change => change is { Obstacle: null, ChangesFile: true }))
        {
            Console.Out.Write(change.Diff);
        }

        var isAgreed = _arguments.DryRun || changes.All(change => change.Obstacle is not null || !change.ChangesFile) || Ask();
        if (!isAgreed)
        {
            _hasFailed = true;
            Console.Out.WriteLine("Nothing was changed.");
            return;
        }

        foreach (var change in changes.Where(change => change.Obstacle is null))
        {
            if (_arguments.DryRun)
            {
                Console.Out.WriteLine($"{change.Client.Title}: {(change.ChangesFile ? "would be changed" : "would stay as it is")}.");
                continue;
            }

            Plan(change.Client, () =>
            {
                _connections.Apply(change);
                Console.Out.WriteLine($"{change.Client.Title}: {result(change)}.");
                _hasConnected |= change.Connection is not null;
                return [];
            });
            foreach (var note in change.Notes)
            {
                Console.Out.WriteLine($"{change.Client.Title}: {note}.");
            }
        }
    }

    /// <summary>Does one client's part; what is wrong with its files is told, and the others go on.</summary>
    private IReadOnlyList<FileChange> Plan(Client client, Func<IReadOnlyList<FileChange>> part)
    {
        try
        {
            return part();
        }
        catch (MalformedSettingsException exception)
        {
            Tell(client, $"{exception.File}{(exception.Line == 0 ? "" : $":{exception.Line}")}: {exception.Message}. It is left as it is");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Tell(client, exception.Message.TrimEnd('.'));
        }

        return [];
    }

    private void Tell(Client client, string trouble)
    {
        _hasFailed = true;
        Console.Error.WriteLine($"tracker-proxy: {client.Title}: {TerminalText.OfValue(trouble)}.");
    }

    private ProbedAddress Probe()
    {
        using var client = ProxyProbe.CreateClient();
        return new ProxyProbe(client).AskAsync(_connections.Address, CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>On a machine of several users any of them may hold the port, with a Tracker too. Null: it is this user's, or nobody is there yet.</summary>
    private string? WhyNotOurs(ProbedAddress answer) => answer switch
    {
        { Answerer: Answerer.Other } => $"another program has the port, {answer.Reason}",
        { Answerer: Answerer.Tracker, Status: null } => $"a Tracker is there, and does not tell whose: {answer.Reason}",
        { Status: { } status } when !status.IsOf(_database) && !(status.Database is { } database && IsForThisUser(database)) => $"the Tracker there writes to {status.Database}, and this user's data is {_database} (if it is yours, behind a tunnel or in a container, say {ShellText.Of($"--Storage:DatabasePath={status.Database}")})",
        _ => null,
    };

    // Only its owner may read a database of Tracker's. One that this user may read is this user's, with other settings; the Debian package's own is for everybody on the machine.
    private static bool IsForThisUser(string database)
    {
        if (database.StartsWith(OfTheMachine, StringComparison.Ordinal))
        {
            return true;
        }

        try
        {
            using var file = File.Open(database, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    // There the terminal is a pipe to programs that are not its own (dotnet/runtime#95079, seen 2026-11), and the user sits at it.
    private static bool IsGitBash => OperatingSystem.IsWindows() && Environment.GetEnvironmentVariable("MSYSTEM") is { Length: > 0 };

    private bool Ask()
    {
        if (_arguments.Yes || (Console.IsInputRedirected && !IsGitBash))
        {
            return true;
        }

        Console.Out.Write("Make these changes? [Y/n] ");
        return Console.In.ReadLine()?.Trim().ToLowerInvariant() is "" or "y" or "yes";
    }
}
