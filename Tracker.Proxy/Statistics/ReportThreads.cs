using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Statistics;

/// <summary>
/// Threads for what reads the database for Tracker's own pages. SQLite's calls block, for seconds where the database is locked or its disk slow, and of the pool's threads, of which there are as many
/// as processors at first, calls would wait for their turn.
/// </summary>
internal sealed class ReportThreads : IDisposable
{
    // As many as a page of the dashboard asks for at once.
    private const int Most = 8;

    private readonly SemaphoreSlim _places = new(Most);

    /// <summary>Reads on a thread that stands back behind those that forward.</summary>
    public async Task<T> ReadAsync<T>(Func<T> read)
    {
        await _places.WaitAsync();
        try
        {
            return await Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            _places.Release();
        }

        T Read()
        {
            ThreadPriorities.LowerOwn();
            return read();
        }
    }

    public void Dispose() => _places.Dispose();
}
