using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Importer.Sources.ClaudeCode;
using Tracker.Importer.Watching;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>What is looked at where nobody tells of changes.</summary>
public sealed class RecentFilesTests
{
    private static readonly ILogFormat[] Jsonl = [new ClaudeCodeFormat(ClaudeCodeSource.Name)];

    private readonly TempDirectory _folder = new();
    private readonly RecentFiles _files = new();

    private string Root => _folder.File("root");

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Nothing_has_changed_until_something_has()
    {
        var file = Write("a.jsonl", "1");
        Begin();

        Assert.That(_files.FindChanged(), Is.Empty);
        File.AppendAllText(file, "2");
        Assert.That(_files.FindChanged(), Is.EqualTo(new[] { new ChangedPath(file, IsNew: false) }));
        Assert.That(_files.FindChanged(), Is.Empty);
    }

    [Test]
    public void Files_and_folders_that_are_new_change_their_folder()
    {
        Write("a.jsonl", "1");
        Begin();

        Write("one/b.jsonl", "1");

        var changed = _files.FindChanged();
        Assert.That(changed, Is.EqualTo(new[] { new ChangedPath(Root, IsNew: true) }));
        Assert.That(LogFolder.ListChanged([Root], Jsonl, changed).Files.Select(claimed => claimed.File.RelativePath), Is.EquivalentTo(["a.jsonl", "one/b.jsonl"]));
    }

    [Test]
    public void Files_that_were_found_later_are_looked_at_from_then_on()
    {
        Write("a.jsonl", "1");
        Begin();
        var file = Write("one/b.jsonl", "1");
        _files.Add(LogFolder.ListChanged([Root], Jsonl, _files.FindChanged()).Files, Later);

        File.AppendAllText(file, "2");
        var other = Write("one/c.jsonl", "1");

        Assert.That(_files.FindChanged(), Is.EquivalentTo([new ChangedPath(file, IsNew: false), new ChangedPath(Path.GetDirectoryName(other)!, IsNew: true)]));
    }

    [Test]
    public void What_came_while_the_folder_was_listed_is_not_missed()
    {
        Write("a.jsonl", "1");
        var listed = LogFolder.List([Root], Jsonl).Files;
        Write("b.jsonl", "1");

        _files.Begin([Root], [], listed, DateTimeOffset.UnixEpoch);

        Assert.That(_files.FindChanged(), Is.EqualTo(new[] { new ChangedPath(Root, IsNew: true) }));
    }

    [Test]
    public void Only_those_that_changed_last_are_looked_at()
    {
        var files = Enumerable.Range(0, 60).Select(number => Write($"{number}.jsonl", "1")).ToList();
        for (var i = 0; i < files.Count; i++)
        {
            File.SetLastWriteTimeUtc(files[i], Some.Time.UtcDateTime.AddDays(-i));
        }

        Begin();
        files.ForEach(file => File.AppendAllText(file, "2"));

        Assert.That(_files.FindChanged(), Has.Count.EqualTo(50).And.None.Matches<ChangedPath>(changed => changed.Path == files[^1]));
    }

    [Test]
    public void Files_that_are_watched_are_not_looked_at()
    {
        var file = Write("a.jsonl", "1");
        _files.Begin([_folder.File("elsewhere")], [], LogFolder.List([Root], Jsonl).Files, Later);

        File.AppendAllText(file, "2");

        Assert.That(_files.FindChanged(), Is.Empty);
    }

    [Test]
    public void Links_to_files_are_looked_at_and_their_folders_are_not()
    {
        var (linked, other) = (Write("one/a.jsonl", "1"), Write("one/b.jsonl", "1"));
        _files.Begin([], [linked], LogFolder.List([Root], Jsonl).Files, Later);

        File.AppendAllText(linked, "2");
        File.AppendAllText(other, "2");
        Write("one/c.jsonl", "1");

        Assert.That(_files.HasAny);
        Assert.That(_files.FindChanged(), Is.EqualTo(new[] { new ChangedPath(linked, IsNew: false) }));
    }

    [Test]
    public void File_that_has_gone_is_no_change()
    {
        var file = Write("one/a.jsonl", "1");
        Begin();

        File.Delete(file);

        Assert.That(_files.FindChanged().Select(changed => changed.Path), Is.EqualTo(new[] { Path.GetDirectoryName(file) }));
    }

    [Test, Platform(Exclude = "Win")]
    public void Folder_that_cannot_be_asked_has_changed_and_is_asked_again()
    {
        var drive = _folder.File("drive");
        var root = Path.Combine(drive, "root");
        Directory.CreateDirectory(root);
        File.WriteAllText(Path.Combine(root, "a.jsonl"), "1");
        _files.Begin([root], [], LogFolder.List([root], Jsonl).Files, Later);
        Directory.Move(drive, drive + ".away");
        File.CreateSymbolicLink(drive, drive); // What is below it answers with an error, as on a network drive that is gone.
        Assert.That(() => Directory.GetLastWriteTimeUtc(root), Throws.InstanceOf<IOException>());

        Assert.That(_files.FindChanged().Select(changed => changed.Path), Is.EqualTo(new[] { root }));
        Assert.That(_files.FindChanged(), Is.Empty);
        File.Delete(drive);
        Directory.Move(drive + ".away", drive);
        Assert.That(_files.FindChanged().Select(changed => changed.Path), Has.Some.EqualTo(root));
    }

    // The listing of a folder that has been quiet for long.
    private static DateTimeOffset Later => TimeProvider.System.GetUtcNow().AddDays(1);

    private void Begin() => _files.Begin([Root], [], LogFolder.List([Root], Jsonl).Files, Later);

    private string Write(string path, string text)
    {
        var file = Path.Combine([Root, .. path.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }
}
