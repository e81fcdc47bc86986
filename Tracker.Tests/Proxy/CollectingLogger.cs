using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Tracker.Tests.Proxy;

/// <summary>Keeps what is logged, and wakes who waits for it.</summary>
internal class CollectingLogger : ILogger, ILoggerFactory
{
    private readonly ConcurrentQueue<(int Id, string Message)> _entries = new();
    private volatile TaskCompletionSource _next = NewSignal();

    public IReadOnlyList<(int Id, string Message)> Entries => [.. _entries];

    /// <summary>Called on the thread that logs, before it goes on.</summary>
    public Action<int>? OnEntry { get; set; }

    public IReadOnlyList<int> Ids => [.. _entries.Select(entry => entry.Id)];

    public int Count(int id) => _entries.Count(entry => entry.Id == id);

    /// <summary>Waits for the condition, which is looked at each time that something is logged.</summary>
    public async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = _next.Task;
            if (condition())
            {
                return;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _entries.Enqueue((eventId.Id, formatter(state, exception)));
        OnEntry?.Invoke(eventId.Id);
        Interlocked.Exchange(ref _next, NewSignal()).SetResult();
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The logger of one class.</summary>
internal sealed class CollectingLogger<T> : CollectingLogger, ILogger<T>;
