namespace Tracker.Benchmarks;

/// <summary>Who is compared: the upstream itself, nginx where it is installed, a bare forwarder, and Tracker.Proxy with accounting and journal on.</summary>
internal sealed class Peers : IDisposable
{
    public const string Direct = "direct";
    public const string NginxName = "nginx";
    public const string Bare = "bare YARP";
    public const string Tracker = "tracker";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tracker-benchmark-");
    private readonly List<ChildProcess> _processes = [];

    public Peers()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose(); // After SIGTERM or Ctrl+C nothing may be left running.
        Upstream = Own(ChildProcess.Start("Tracker.Benchmarks.dll", null, "upstream"));
        var nginx = Nginx.TryStart(Path.Combine(_folder.FullName, "nginx"), Upstream.Address);
        Console.WriteLine(nginx is null ? "nginx: not installed" : "nginx: keepalive, nothing buffered");
        All =
        [
            (Direct, Upstream),
            .. nginx is null ? [] : new[] { (NginxName, Own(nginx)) },
            (Bare, StartBare()),
            (Tracker, StartTracker()),
        ];
    }

    public ChildProcess Upstream { get; }

    public IReadOnlyList<(string Name, ChildProcess Process)> All { get; }

    /// <summary>A fresh bare forwarder, in the runtime settings of the proxy.</summary>
    public ChildProcess StartBare() => Own(ChildProcess.Start("Tracker.Benchmarks.dll", "tracker-proxy", "bare-forwarder", Upstream.Address));

    /// <summary>A fresh proxy, with a database of its own.</summary>
    public ChildProcess StartTracker() => Own(ChildProcess.Start("tracker-proxy.dll", null, "--Urls=http://127.0.0.1:0",
        $"--Storage:DatabasePath={Path.Combine(_folder.FullName, $"{_processes.Count}", "tracker.db")}", $"--Proxy:Providers:anthropic:BaseAddress={Upstream.Address}"));

    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
        _processes.Clear();
        if (_folder.Exists)
        {
            _folder.Delete(recursive: true);
            _folder.Refresh();
        }
    }

    private ChildProcess Own(ChildProcess process)
    {
        _processes.Add(process);
        return process;
    }
}
