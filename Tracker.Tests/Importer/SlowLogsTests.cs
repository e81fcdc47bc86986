using Microsoft.Extensions.Logging.Abstractions;
using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>Files that take long to read.</summary>
public sealed class SlowLogsTests
{
    private readonly TestDatabase _database = new(busyTimeout: TimeSpan.FromSeconds(30));

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task What_was_read_is_stored_and_the_database_is_free_while_a_file_gives_no_more(CancellationToken cancellationToken)
    {
        var log = Path.Combine(Directory.CreateDirectory(Path.Combine(_database.Folder, "logs")).FullName, "stuck.log");
        await File.WriteAllTextAsync(log, "anything", cancellationToken);
        using var source = new StuckSource(log);
        var pass = new ImportPass(_database.Connections, PriceBooks.Embedded, TimeProvider.System, new ProgressDisplay(isWanted: false), NullLogger<ImportPass>.Instance);
        var importing = Task.Factory.StartNew(() => pass.Run([source], CancellationToken.None), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        try
        {
            await _database.WaitForAsync("SELECT count(*) > 0 FROM usage", 1, cancellationToken);
            _database.Execute("BEGIN IMMEDIATE; COMMIT");
        }
        finally
        {
            source.GoOn.Set();
        }

        var report = await importing;
        Assert.That(report.RowsAdded, Is.EqualTo(StuckSource.Records));
    }

    /// <summary>One file that is stuck behind its last record, as on a network drive that is gone.</summary>
    private sealed class StuckSource(string path) : IUsageSource, IDocumentFormat, IDisposable
    {
        public const int Records = 200;

        public ManualResetEventSlim GoOn { get; } = new();

        public string Client => "stuck";

        public IReadOnlyList<ILogFormat> Formats => [this];

        public IReadOnlyList<string> FindRoots() => [path];

        public bool Claims(ReadOnlySpan<char> relativePath) => true;

        public void Read(LogFile file, ReadOnlySpan<byte> content, SchemaDrift drift, Action<UsageRecord> onRecord)
        {
            for (var i = 0; i < Records; i++)
            {
                onRecord(Some.Usage() with { Evidence = Evidence.Transcript });
            }

            GoOn.Wait();
        }

        public void Dispose() => GoOn.Dispose();
    }
}
