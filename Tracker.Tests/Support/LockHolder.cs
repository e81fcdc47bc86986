using System.Diagnostics;
using Tracker.Storage.Connections;

namespace Tracker.Tests.Support;

/// <summary>Another process that holds the write lock of a database, until it is disposed.</summary>
internal sealed class LockHolder : IAsyncDisposable
{
    private readonly Process _process;

    private LockHolder(Process process) => _process = process;

    public static async Task<LockHolder> StartAsync(string databasePath, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(LockHolder).Assembly.Location, databasePath]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        Assert.That(await process.StandardOutput.ReadLineAsync(cancellationToken), Is.EqualTo("locked"));
        return new LockHolder(process);
    }

    /// <summary>What the other process does.</summary>
    public static int Main(string[] arguments)
    {
        if (arguments is [OtherProgram.Argument, var path])
        {
            return OtherProgram.Run(path);
        }

        var options = new FixedOptions<StorageOptions>(new StorageOptions { DatabasePath = arguments[0] });
        using var connection = new TrackerConnectionFactory(options).Open();
        using var transaction = connection.BeginTransaction();
        Console.WriteLine("locked");
        Console.In.ReadToEnd();
        return 0;
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
