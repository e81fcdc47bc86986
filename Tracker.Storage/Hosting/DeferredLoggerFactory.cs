using Microsoft.Extensions.Logging;

namespace Tracker.Storage.Hosting;

/// <summary>Makes loggers whose factory is made with the first event that is logged.</summary>
/// <param name="minimum">Events below are not logged. The frameworks' own, of the categories <c>Microsoft.…</c>, are logged from <see cref="LogLevel.Warning"/> at least.</param>
/// <param name="create">Makes the factory; called once. What it has to say about an event, for instance that it is not to be logged either, holds.</param>
internal sealed class DeferredLoggerFactory(LogLevel minimum, Func<ILoggerFactory> create) : ILoggerFactory
{
    private const string Frameworks = "Microsoft.";

    /// <summary>Time for the last lines at the end: perhaps nobody reads them any more.</summary>
    private static readonly TimeSpan LastLines = TimeSpan.FromSeconds(2);

    private readonly Lazy<ILoggerFactory> _factory = new(create);

    public ILogger CreateLogger(string categoryName) => new DeferredLogger(
        this, categoryName, minimum < LogLevel.Warning && categoryName.StartsWith(Frameworks, StringComparison.Ordinal) ? LogLevel.Warning : minimum);

    public void AddProvider(ILoggerProvider provider) => _factory.Value.AddProvider(provider);

    public void Dispose()
    {
        if (_factory.IsValueCreated)
        {
            Task.Run(_factory.Value.Dispose).Wait(LastLines);
        }
    }

    private sealed class DeferredLogger(DeferredLoggerFactory owner, string category, LogLevel minimum) : ILogger
    {
        private ILogger? _logger;

        private ILogger Logger => _logger ??= owner._factory.Value.CreateLogger(category);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum && Logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= minimum)
            {
                Logger.Log(logLevel, eventId, state, exception, formatter);
            }
        }

        // A scope tells about the events within, which may all be below the minimum; nobody asks before there is one.
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => Logger.BeginScope(state);
    }
}
