using System.Runtime.CompilerServices;
using Spectre.Console;

namespace Tracker.Importer.Importing;

/// <summary>A progress bar for a person at a terminal when there is a lot to read; otherwise nothing.</summary>
/// <param name="isWanted">The program makes one pass and its result is for people.</param>
internal sealed class ProgressDisplay(bool isWanted)
{
    // Below this a pass is over before anybody wonders.
    private const long BytesWorthABar = 20_000_000;

    /// <summary>Does the work, which tells the bytes it has read.</summary>
    public T Track<T>(long totalBytes, Func<Action<long>, T> work)
    {
        if (!isWanted || Console.IsOutputRedirected || Console.IsErrorRedirected || totalBytes < BytesWorthABar)
        {
            return work(_ => { });
        }

        return Show(totalBytes, work);
    }

    // Of its own, so that nobody else waits for the library to be loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T Show<T>(long totalBytes, Func<Action<long>, T> work)
    {
        // Standard output is for the summary.
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask("Reading logs", maxValue: totalBytes);
                return work(bytes => task.Increment(bytes));
            });
    }
}
