using Microsoft.Extensions.Logging.Abstractions;
using Tracker.Importer.Sources;
using Tracker.Importer.Sources.ClaudeCode;
using Tracker.Importer.Watching;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>What the operating system tells of roots that come and go; of logs that change, see WatchTests.</summary>
public sealed class LogWatcherTests
{
    private static readonly ILogFormat[] Jsonl = [new ClaudeCodeFormat("claude-code")];
    private readonly TempDirectory _folder = new();
    private readonly LogChanges _changes = new();
    private LogWatcher _watcher = null!;

    [SetUp]
    public void SetUp() => _watcher = new LogWatcher(_changes, NullLogger<LogWatcher>.Instance);

    [TearDown]
    public void TearDown()
    {
        _watcher.Dispose();
        _folder.Dispose();
    }

    [TestCase("home", "home/.claude")]
    [TestCase("home/.claude", "home/.claude/projects")]
    [CancelAfter(20_000)]
    public async Task Next_part_of_the_way_to_a_root_that_is_missing_is_told_as_a_change_of_everything(string existing, string next, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder.File(existing));
        Watch();

        Directory.CreateDirectory(_folder.File(next));

        await WaitForEverythingAsync(cancellationToken);
    }

    [TestCase("home/.claude/projects")]
    [TestCase("home/.claude")]
    [CancelAfter(20_000)]
    public async Task End_of_a_root_or_of_the_folder_above_it_is_told_too(string part, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder.File("home/.claude/projects"));
        Watch();

        Directory.Move(_folder.File(part), _folder.File("elsewhere"));

        await WaitForEverythingAsync(cancellationToken);
    }

    [Test, CancelAfter(20_000)]
    public async Task What_else_comes_beside_the_way_to_a_root_is_no_change(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder.File("home/.claude/projects"));
        Watch(new WatchedFolder(_folder.File("home/.claude/projects"), _folder.File("home/.claude/projects"), IsTree: true, Jsonl));

        Directory.CreateDirectory(_folder.File("home/.claude/todos"));
        File.WriteAllText(_folder.File("home/.claude/history.jsonl"), "{}");
        File.WriteAllText(_folder.File("home/.claude/projects/a.jsonl"), "{}"); // Comes last, and is told.
        await _changes.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, cancellationToken);

        Assert.That(_changes.Take()?.Select(change => change.Path), Is.All.EqualTo(_folder.File("home/.claude/projects/a.jsonl")));
    }

    [Test]
    public void Way_that_cannot_be_watched_is_not_taken_for_a_folder_with_logs()
    {
        _watcher.Watch([new WatchedFolder(_folder.File("gone"), _folder.File("gone/projects"), IsTree: false, [])], mayTryAgain: true);
        Assert.That(_watcher.Unwatched, Is.Empty);

        _watcher.Watch([new WatchedFolder(_folder.File("gone"), _folder.File("gone"), IsTree: true, Jsonl)], mayTryAgain: true);
        Assert.That(_watcher.Unwatched, Is.EqualTo(new[] { _folder.File("gone") }));
    }

    private void Watch(params WatchedFolder[] more) => _watcher.Watch([.. WatchedFolder.OnTheWayTo(_folder.File("home/.claude/projects")), .. more], mayTryAgain: true);

    private async Task WaitForEverythingAsync(CancellationToken cancellationToken)
    {
        do
        {
            await _changes.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, cancellationToken);
        }
        while (_changes.Take() is not null);
    }
}
