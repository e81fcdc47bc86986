using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Configuration;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Compact;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Hosting;

/// <summary>Structured logs of both programs: compact JSON in a rolling file beside the database, readable text on the console.</summary>
public static class TrackerLogging
{
    private const long FileBytes = 10 * 1024 * 1024;
    private const int FilesKept = 14;

    /// <summary>Adds Serilog.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The host's settings.</param>
    /// <param name="program">Part of the file's name: <c>tracker-proxy</c>.</param>
    /// <param name="jsonOnConsole">Under a service manager the console is a log store, so it gets JSON too.</param>
    /// <param name="consoleIsForResult">Standard output carries the program's result: only warnings are shown, on standard error.</param>
    /// <param name="mayWait">
    /// Whoever logs may wait for the disk and the console. Otherwise each has a thread of its own, and events that it cannot take are left out when
    /// 10 000 are waiting: a terminal that was stopped (Ctrl+S), a pipe that nobody reads or a disk that hangs must hold up no call.
    /// </param>
    /// <param name="hasFile">Whether there is a file beside the console, for which its folder is made.</param>
    /// <param name="isTold">What frameworks report although the program has told of it, or although nothing is wrong.</param>
    /// <exception cref="SettingsException"><c>Logging:Level</c> is no level.</exception>
    /// <exception cref="StorageException">The folder of the logs cannot be created.</exception>
    public static IServiceCollection AddTrackerLogging(
        this IServiceCollection services, IConfiguration configuration, string program, bool jsonOnConsole, bool consoleIsForResult, bool mayWait = true, bool hasFile = true, Predicate<LogEvent>? isTold = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var level = ReadLevel(configuration["Logging:Level"]);
        var folder = hasFile ? CreateFolder(Path.GetDirectoryName(DatabasePath(configuration))!) : null;
        var errorsFrom = consoleIsForResult ? LogEventLevel.Verbose : (LogEventLevel?)null;
        var shownFrom = consoleIsForResult ? LogEventLevel.Warning : LogEventLevel.Verbose;
        // A pass of the importer that finds nothing new logs nothing, and Serilog with its sinks is a tenth of that pass's time.
        return services.AddSingleton<ILoggerFactory>(_ => new DeferredLoggerFactory(LevelConvert.ToExtensionsLevel(level), () =>
        {
            var logger = new LoggerConfiguration();
            logger.MinimumLevel.Is(level)
                // The frameworks tell of every request and every start; that is ours to say.
                .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                // Off altogether, because ASP.NET Core otherwise makes an activity and a log scope for each request.
                .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)
                // A host that cannot start throws; the program says why in one line, without the stack trace.
                .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal)
                .MinimumLevel.Override("Yarp", LogEventLevel.Error)
                .MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning)
                .Filter.ByExcluding(entry => isTold?.Invoke(entry) == true)
                .Enrich.FromLogContext();
            if (folder is not null)
            {
                Add(sinks => sinks.File(
                    new CompactJsonFormatter(), Path.Combine(folder, program + "-.json"), rollingInterval: RollingInterval.Day,
                    fileSizeLimitBytes: FileBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: FilesKept));
            }

            if (jsonOnConsole)
            {
                Add(sinks => sinks.Console(new CompactJsonFormatter(), shownFrom, standardErrorFromLevel: errorsFrom));
            }
            else
            {
                // A logger of its own has its own copies of the events.
                Add(sinks => sinks.Logger(shown => shown.MinimumLevel.Is(level).Enrich.With<TerminalSafeValues>().WriteTo.Console(
                    shownFrom, formatProvider: CultureInfo.InvariantCulture, standardErrorFromLevel: errorsFrom,
                    outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}")));
            }

            return new SerilogLoggerFactory(logger.CreateLogger(), dispose: true);

            void Add(Action<LoggerSinkConfiguration> sink)
            {
                if (mayWait)
                {
                    sink(logger.WriteTo);
                }
                else
                {
                    logger.WriteTo.Async(sink);
                }
            }
        }));
    }

    private static string CreateFolder(string dataDirectory)
    {
        try
        {
            var folder = Path.Combine(dataDirectory, "logs");
            OwnerOnlyDirectory.Create(dataDirectory);
            OwnerOnlyDirectory.Create(folder);
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StorageException.CannotWriteTo(dataDirectory, exception);
        }
    }

    private static string DatabasePath(IConfiguration configuration) =>
        TrackerPaths.DatabasePathAtStart(new StorageOptions { DatabasePath = configuration["Storage:DatabasePath"] });

    private static LogEventLevel ReadLevel(string? text) => text switch
    {
        null => LogEventLevel.Information,
        _ when Enum.TryParse<LogEventLevel>(text, ignoreCase: true, out var level) && Enum.IsDefined(level) => level,
        _ => throw new SettingsException($"Logging:Level is '{text}': it must be one of {string.Join(", ", Enum.GetNames<LogEventLevel>())}."),
    };
}
