using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Statistics;

/// <summary>
/// Threads for what reads the database for Tracker's own pages. SQLite's calls block, for seconds where the database is locked or its disk slow, and of the pool's threads, of which there are as many
/// as processors at first, calls would wait for their turn.
/// </summary>
internal sealed class ReportThreads : IDisposable
{
    private const int ClientClosedRequest = 499; // nginx's, for whom nobody reads it any more.

    // As many as a page of the dashboard asks for at once.
    private readonly SemaphoreSlim _ofReports = new(8);

    // Whoever wants to know how Tracker is does not wait for reports.
    private readonly SemaphoreSlim _ofStatus = new(4);

    /// <summary>Makes a report on a thread that stands back behind those that forward. One that nobody waits for any more is not begun.</summary>
    public Task<IResult> ReportAsync(HttpContext context, Func<IResult> read) => ReadAsync(_ofReports, context, read);

    /// <inheritdoc cref="ReportAsync"/>
    public Task<IResult> StatusAsync(HttpContext context, Func<IResult> read) => ReadAsync(_ofStatus, context, read);

    public void Dispose()
    {
        _ofReports.Dispose();
        _ofStatus.Dispose();
    }

    private static async Task<IResult> ReadAsync(SemaphoreSlim places, HttpContext context, Func<IResult> read)
    {
        try
        {
            await places.WaitAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            return Results.StatusCode(ClientClosedRequest);
        }

        try
        {
            return await Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            places.Release();
        }

        IResult Read()
        {
            ThreadPriorities.LowerOwn();
            return read();
        }
    }
}
