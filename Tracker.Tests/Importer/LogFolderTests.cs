using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Importer.Sources.ClaudeCode;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

public sealed class LogFolderTests
{
    private static readonly ILogFormat[] Jsonl = [new ClaudeCodeFormat("claude-code")];
    private readonly TempDirectory _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Files_are_found_at_any_depth_by_their_extension()
    {
        Write("root/a.jsonl");
        Write("root/one/two/three/b.JSONL");
        Write("root/one/c.json");

        Assert.That(List("root", "missing"), Is.EquivalentTo(["root/a.jsonl", "root/one/two/three/b.JSONL"]));
    }

    [Test]
    public void Links_are_followed_and_loops_end()
    {
        Write("elsewhere/b.jsonl");
        Write("root/one/a.jsonl");
        Link("root/linked", "elsewhere");
        Link("root/one/loop", "root");
        Link("root/one/itself", "root/one/itself");
        Link("root/dangling", "nowhere");

        Assert.That(List("root"), Is.EquivalentTo(["root/one/a.jsonl", "root/linked/b.jsonl"]));
        Assert.That(LogFolder.List([_folder.File("root")], Jsonl).Links, Is.EqualTo(new[] { _folder.File("root/linked") }), "what is known by another name already is not watched twice");
    }

    [Test]
    public void Links_between_files_that_lead_in_circles_do_not_hide_the_others()
    {
        Write("root/a.jsonl");
        File.CreateSymbolicLink(_folder.File("root/circle1.jsonl"), _folder.File("root/circle2.jsonl"));
        File.CreateSymbolicLink(_folder.File("root/circle2.jsonl"), _folder.File("root/circle1.jsonl"));
        File.CreateSymbolicLink(_folder.File("root/dangling.jsonl"), _folder.File("nowhere.jsonl"));

        Assert.That(List("root"), Is.EqualTo(new[] { "root/a.jsonl" }));
    }

    [Test]
    public void Links_that_lead_nowhere_or_in_circles_are_named_once_each()
    {
        Write("root/one/a.jsonl");
        Write("root/two/b.jsonl");
        Link("root/one/up", "root");
        Link("root/a", "root/b");
        Link("root/b", "root/a");
        Link("root/loop.jsonl", "root/loop.jsonl");
        Link("root/gone.jsonl", "nowhere.jsonl");
        Link("root/unmounted", "nowhere");
        Link("root/again", "root/two"); // Read by another name, which is no fault.
        Link("root/latest.txt", "nowhere.txt");
        Link("dangling", "nowhere");

        var listed = LogFolder.List([_folder.File("root"), _folder.File("dangling")], Jsonl);

        Assert.That(listed.Files, Has.Count.EqualTo(2));
        Assert.That(listed.Troubles, Is.Empty);
        Assert.That(listed.BadLinks, Is.EquivalentTo([
            new Trouble(_folder.File("root/one/up"), null, "is a link that leads back to a folder it is in; it is not followed"),
            new Trouble(_folder.File("root/a"), null, "is a link that leads in circles"),
            new Trouble(_folder.File("root/b"), null, "is a link that leads in circles"),
            new Trouble(_folder.File("root/loop.jsonl"), null, "is a link that leads in circles"),
            new Trouble(_folder.File("root/gone.jsonl"), null, $"is a link to {_folder.File("nowhere.jsonl")}, which does not exist"),
            new Trouble(_folder.File("root/unmounted"), null, $"is a link to {_folder.File("nowhere")}, which does not exist"),
            new Trouble(_folder.File("dangling"), null, $"is a link to {_folder.File("nowhere")}, which does not exist"),
        ]));
    }

    [Test, Platform("Linux", Reason = "macOS and Windows have no such names.")]
    public void Names_that_are_not_UTF_8_are_told_once_a_folder_and_the_others_are_read()
    {
        Write("root/a.jsonl");
        Write("root/one/b.jsonl");
        Assume.That(Commands.CanRun(["sh", "-c", """mkdir "$1/$(printf 'B\374ro')" && touch "$1/$(printf 'B\374ro')/c.jsonl" "$1/one/$(printf 'd\357.jsonl')" "$1/one/$(printf 'e\357.jsonl')" """, "sh", _folder.File("root")]));

        var listed = LogFolder.List([_folder.File("root")], Jsonl);
        Assert.That(Commands.CanRun(["rm", "-r", _folder.File("root")]), "what .NET cannot name it cannot remove");

        Assert.That(listed.Files.Select(claimed => claimed.File.RelativePath), Is.EquivalentTo(["a.jsonl", "one/b.jsonl"]));
        Assert.That(listed.Troubles.Select(trouble => trouble.Path), Is.EquivalentTo([_folder.File("root"), _folder.File("root/one")]));
        Assert.That(listed.Troubles.Single(trouble => trouble.Path == _folder.File("root")).Reason, Is.EqualTo("holds names that are not UTF-8 (B\uFFFDro), and what these are of cannot be read; rename it"));
    }

    [Test]
    public void Link_on_the_way_to_a_root_that_leads_nowhere_or_in_circles_is_named_once()
    {
        Link("unmounted", "nowhere/claude");
        Link("circle", "circle");

        var listed = LogFolder.List([_folder.File("unmounted/projects"), _folder.File("unmounted/other/projects"), _folder.File("circle/projects"), _folder.File("missing/projects")], Jsonl);

        Assert.That(listed.Troubles, Is.Empty);
        Assert.That(listed.BadLinks, Is.EqualTo(new[]
        {
            new Trouble(_folder.File("unmounted"), null, $"is a link to {_folder.File("nowhere/claude")}, which does not exist"),
            new Trouble(_folder.File("circle"), null, "is a link that leads in circles"),
        }));
    }

    [Test]
    public void Root_that_is_a_link_is_followed_and_a_folder_with_two_names_is_read_once()
    {
        Write("real/a.jsonl");
        Link("root", "real");

        Assert.That(List("root", "real"), Is.EqualTo(new[] { "root/a.jsonl" }));
    }

    [Test, Platform(Exclude = "Win")]
    public void Relative_links_below_a_root_that_is_a_link_lead_where_the_system_goes()
    {
        Write("deep/share/common/a.jsonl");
        Write("deep/share/kept.jsonl");
        Directory.CreateDirectory(_folder.File("deep/share/root"));
        Directory.CreateSymbolicLink(_folder.File("deep/share/root/linked"), "../common");
        File.CreateSymbolicLink(_folder.File("deep/share/root/b.jsonl"), "../kept.jsonl");
        Directory.CreateSymbolicLink(_folder.File("deep/share/root/up"), "..");
        Link("root", "deep/share/root");

        var listed = LogFolder.List([_folder.File("root")], Jsonl);

        Assert.That(listed.Files.Select(claimed => claimed.File.RelativePath), Is.EquivalentTo(["linked/a.jsonl", "b.jsonl"]));
        Assert.That(listed.BadLinks, Is.EqualTo(new[] { new Trouble(_folder.File("root/up"), null, "is a link that leads back to a folder it is in; it is not followed") }));
    }

    [Test]
    public void Link_to_a_file_has_the_length_of_the_file()
    {
        Write("elsewhere/real.jsonl", "12345");
        Directory.CreateDirectory(_folder.File("root"));
        File.CreateSymbolicLink(_folder.File("root/a.jsonl"), _folder.File("elsewhere/real.jsonl"));

        var file = LogFolder.List([_folder.File("root")], Jsonl).Files.Single().File;

        Assert.That((file.Path, file.Length), Is.EqualTo((_folder.File("root/a.jsonl"), 5L)));
    }

    [Test]
    public void Of_changes_only_logs_are_listed_and_folders_that_are_new()
    {
        Write("root/one/a.jsonl");
        Write("root/one/two/b.jsonl");
        Write("root/one/.git/c.jsonl");
        Write("root/one/d.txt");
        Write("rooted/e.jsonl");

        Assert.That(ListChanged("root/one/a.jsonl"), Is.EqualTo(new[] { "one/a.jsonl" }));
        Assert.That(ListChanged("root/one"), Is.EquivalentTo(["one/a.jsonl", "one/two/b.jsonl"]));
        Assert.That(ListChanged("root"), Is.EquivalentTo(["one/a.jsonl", "one/two/b.jsonl"]));
        Assert.That(ListChanged("root/one/two", "root/one/two/b.jsonl"), Is.EqualTo(new[] { "one/two/b.jsonl" }));
        Assert.That(ListChanged("root/one/.git/c.jsonl", "root/one/.git", "root/one/d.txt", "root/gone.jsonl", "rooted/e.jsonl", "rooted"), Is.Empty);
    }

    [Test]
    public void Folder_that_changed_but_is_not_new_is_not_listed()
    {
        Write("root/one/a.jsonl");

        Assert.That(LogFolder.ListChanged([_folder.File("root")], Jsonl, [new ChangedPath(_folder.File("root/one"), IsNew: false)]).Files, Is.Empty);
    }

    [TestCase("/root", "/root/a/b.jsonl", "a/b.jsonl")]
    [TestCase("/root", "/root", "root")]
    [TestCase("/root", "/rooted/b.jsonl", null)]
    [TestCase("/", "/a/b.jsonl", "a/b.jsonl")]
    [TestCase("/", "/", "")]
    public void Path_below_a_root_is_relative_to_it_also_if_that_is_a_drive(string root, string path, string? expected)
    {
        var (system, separator) = (Path.DirectorySeparatorChar, '/');

        Assert.That(LogFolder.TryGetRelativePath(root.Replace(separator, system), path.Replace(separator, system), out var relativePath) ? relativePath : null, Is.EqualTo(expected));
    }

    [Test]
    public void Change_is_of_the_first_root_that_has_it()
    {
        Write("root/one/a.jsonl");
        var roots = new[] { _folder.File("root/one"), _folder.File("root"), _folder.File("root/one/a.jsonl") };

        var files = LogFolder.ListChanged(roots, Jsonl, [new ChangedPath(_folder.File("root/one/a.jsonl"), IsNew: false)]).Files;

        Assert.That(files.Select(claimed => claimed.File.RelativePath), Is.EqualTo(new[] { "a.jsonl" }));
    }

    [Test]
    public void What_vanishes_while_a_folder_is_listed_is_no_trouble()
    {
        for (var number = 0; number < 50; number++)
        {
            Write($"root/file{number}.jsonl");
            Write($"root/folder{number}/a.jsonl");
        }

        // Names are read ahead: all but the first have gone when they are looked at.
        var listed = LogFolder.List([_folder.File("root")], [new FormatThatSees(RemoveAll)]);

        Assert.That(listed.Files, Has.Count.LessThanOrEqualTo(1));
        Assert.That((listed.Troubles, listed.BadLinks, listed.Links, listed.LinkedFiles), Is.EqualTo((Array.Empty<Trouble>(), Array.Empty<Trouble>(), Array.Empty<string>(), Array.Empty<string>())));

        void RemoveAll()
        {
            foreach (var entry in new DirectoryInfo(_folder.File("root")).GetFileSystemInfos())
            {
                (entry as DirectoryInfo)?.Delete(recursive: true);
                (entry as FileInfo)?.Delete();
            }
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Files_and_folders_that_come_and_go_while_they_are_listed_are_no_trouble(CancellationToken cancellationToken)
    {
        Write("root/tasks/a.jsonl");
        // As Roo Code does: a lock that is a folder, and a temporary file that gets the name of the old one.
        var writing = Task.Run(
            () =>
            {
                for (var round = 0; round < 5000; round++)
                {
                    Directory.CreateDirectory(_folder.File("root/tasks/a.jsonl.lock"));
                    Write("root/tasks/a.new.jsonl");
                    File.Move(_folder.File("root/tasks/a.new.jsonl"), _folder.File("root/tasks/a.jsonl"), overwrite: true);
                    Directory.Delete(_folder.File("root/tasks/a.jsonl.lock"));
                }
            },
            cancellationToken);

        var troubles = new List<Trouble>();
        while (!writing.IsCompleted)
        {
            var listed = LogFolder.List([_folder.File("root")], Jsonl);
            troubles.AddRange([.. listed.Troubles, .. listed.BadLinks]);
        }

        await writing;
        Assert.That(troubles, Is.Empty);
    }

    private sealed class FormatThatSees(Action onFirst) : ILogFormat
    {
        private bool _hasSeen;

        public bool Claims(ReadOnlySpan<char> relativePath)
        {
            if (!_hasSeen)
            {
                _hasSeen = true;
                onFirst();
            }

            return true;
        }
    }

    private IEnumerable<string> ListChanged(params string[] paths) => LogFolder
        .ListChanged([_folder.File("root")], Jsonl, paths.Select(path => new ChangedPath(_folder.File(path), IsNew: true)))
        .Files.Select(claimed => claimed.File.RelativePath);

    private void Write(string path, string text = "")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(path))!);
        File.WriteAllText(_folder.File(path), text);
    }

    private void Link(string path, string target) => Directory.CreateSymbolicLink(_folder.File(path), _folder.File(target));

    private IEnumerable<string> List(params string[] roots)
    {
        var listed = LogFolder.List(roots.Select(_folder.File), Jsonl);
        Assert.That(listed.Troubles, Is.Empty);
        return listed.Files.Select(claimed => Path.GetRelativePath(_folder.Path, claimed.File.Path).Replace('\\', '/'));
    }
}
