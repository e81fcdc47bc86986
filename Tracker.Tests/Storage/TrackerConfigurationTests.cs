using Microsoft.Extensions.Configuration;
using NUnit.Framework.Constraints;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class TrackerConfigurationTests
{
    [Test]
    public void Arguments_are_key_and_value_in_one_or_in_two()
    {
        var settings = TrackerConfiguration.ParseArguments(["--Urls=http://127.0.0.1:1?a=b", "--storage:databasepath", "/x y", "--Proxy:Providers:mine:BaseAddress=http://h"]);

        Assert.That(settings["Urls"], Is.EqualTo("http://127.0.0.1:1?a=b"));
        Assert.That(settings["Storage:DatabasePath"], Is.EqualTo("/x y"));
        Assert.That(settings["Proxy:Providers:mine:BaseAddress"], Is.EqualTo("http://h"));
    }

    [Test]
    public void Every_key_that_help_names_is_one_to_set() => Assert.That(KnownSettings.Names.Where(name => !KnownSettings.IsKnown(name)), Is.Empty);

    [TestCase("--Storage:DatabsePath=x")]
    [TestCase("--Urls:x=y")]
    [TestCase("--Proxy:Providers::BaseAddress=x")]
    [TestCase("Urls=x")]
    [TestCase("-Urls=x")]
    [TestCase("--")]
    [TestCase("")]
    public void Argument_that_is_no_setting_is_named(string argument) =>
        Assert.That(() => TrackerConfiguration.ParseArguments([argument]), Throws.InstanceOf<SettingsException>().With.Message.Contains($"'{argument}'"));

    [Test]
    public void Argument_without_its_value_is_named() =>
        Assert.That(() => TrackerConfiguration.ParseArguments(["--Urls"]), Throws.InstanceOf<SettingsException>().With.Message.Contains("--Urls needs a value"));

    [Test]
    public void Unknown_keys_of_file_and_environment_are_found()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Urls"] = "x",
            ["Importer:Roots:claude-code:0"] = "/a",
            ["Importer:Roots:claude-code"] = "/a",
            ["Storage:BusyTimout"] = "1",
            ["Proxy:Providers:mine:Adress"] = "x",
        }).Build();

        Assert.That(TrackerConfiguration.FindUnknownKeys(configuration), Is.EqualTo(new[] { "Proxy:Providers:mine:Adress", "Storage:BusyTimout" }));
    }

    [TestCase("00:00:00")]
    [TestCase("00:00:00.5000000")]
    [TestCase("00:00:01.5000000")]
    [TestCase("00:10:01")]
    [TestCase("-00:00:01")]
    public void Busy_timeout_out_of_its_range_is_named(string value)
    {
        var result = new StorageOptionsValidator().Validate(null, new StorageOptions { BusyTimeout = TimeSpan.Parse(value) });

        Assert.That(result.Failures, Has.One.EqualTo($"Storage:BusyTimeout is {value}: it must be whole seconds between 00:00:01 and 00:10:00."));
    }

    [Test]
    public void Paths_do_not_depend_on_the_current_directory()
    {
        var home = TrackerPaths.Home();

        Assert.That(TrackerPaths.DatabasePath(new StorageOptions { DatabasePath = "~/x/tracker.db" }), Is.EqualTo(Path.Combine(home, "x", "tracker.db")));
        Assert.That(TrackerPaths.DatabasePath(new StorageOptions { DatabasePath = "x.db" }), Is.EqualTo(Path.Combine(Path.GetDirectoryName(TrackerPaths.DatabasePath(new StorageOptions()))!, "x.db")));
        Assert.That(TrackerPaths.DatabasePath(new StorageOptions { DatabasePath = " " }), Does.EndWith("tracker.db").And.Matches<string>(Path.IsPathFullyQualified));
    }

    [TestCase("$HOME/tracker.db")]
    [TestCase("%LOCALAPPDATA%\\tracker.db")]
    public void Variable_that_nobody_has_replaced_is_refused(string path) =>
        Assert.That(() => TrackerPaths.DatabasePath(new StorageOptions { DatabasePath = path }), Throws.TypeOf<SettingsException>().With.Message.Contains("Storage:DatabasePath").And.Message.Contains("~/"));

    [Test]
    public void Folder_is_no_place_for_the_database()
    {
        using var folder = new TempDirectory();

        Assert.That(() => TrackerPaths.DatabasePathAtStart(new StorageOptions { DatabasePath = folder.Path }), Throws.TypeOf<SettingsException>().With.Message.Contains(folder.File("tracker.db")));
        Assert.That(() => TrackerPaths.DatabasePath(new StorageOptions { DatabasePath = Path.GetPathRoot(folder.Path) }), Throws.TypeOf<SettingsException>().With.Message.Contains("is a folder"));
        Assert.That(TrackerPaths.DatabasePathAtStart(new StorageOptions { DatabasePath = folder.File("x.db") }), Does.EndWith("x.db"));
    }

    [TestCase("/a\nUser=root\n#/tracker.db")]
    [TestCase("/a\r/tracker.db")]
    [TestCase("/a\0/tracker.db")]
    [TestCase("/a\u0085/tracker.db")]
    public void Path_with_a_control_character_is_refused_in_one_line(string path)
    {
        Assert.That(() => TrackerPaths.DatabasePath(new StorageOptions { DatabasePath = path }), RefusedInOneLine("Storage:DatabasePath"));
        Assert.That(() => TrackerPaths.ClientHome(path), RefusedInOneLine("Importer:Home"));
    }

    [Test, Platform(Exclude = "Win")]
    public void Link_that_leads_to_a_path_with_a_control_character_is_refused()
    {
        using var folder = new TempDirectory();
        File.CreateSymbolicLink(folder.File("tracker.db"), folder.File("a\nUser=root\n#/tracker.db"));

        Assert.That(() => TrackerPaths.DatabasePath(new StorageOptions { DatabasePath = folder.File("tracker.db") }), RefusedInOneLine("Storage:DatabasePath"));
    }

    [TestCase("../common/kept.db", TestName = "Relative_link_to_the_database_in_a_linked_folder_leads_where_the_system_goes")]
    [TestCase("../more/kept.db", TestName = "Links_to_the_database_by_another_linked_folder_lead_where_the_system_goes")]
    [TestCase("../more/chain.db", TestName = "Link_to_a_link_to_the_database_leads_where_the_system_goes")]
    [Platform(Exclude = "Win")]
    public void Links_lead_where_the_system_goes(string target)
    {
        using var folder = new TempDirectory();
        Directory.CreateDirectory(folder.File("deep/share/tracker"));
        Directory.CreateDirectory(folder.File("deep/share/common"));
        Directory.CreateDirectory(folder.File("deep/other"));
        Directory.CreateSymbolicLink(folder.File("deep/share/more"), "../other");
        File.WriteAllText(folder.File("deep/share/common/kept.db"), "kept");
        File.WriteAllText(folder.File("deep/other/kept.db"), "kept");
        File.CreateSymbolicLink(folder.File("deep/other/chain.db"), "../share/common/kept.db");
        File.CreateSymbolicLink(folder.File("deep/share/tracker/tracker.db"), target);
        Directory.CreateSymbolicLink(folder.File("tracker"), "deep/share/tracker");

        var path = TrackerPaths.DatabasePath(new StorageOptions { DatabasePath = folder.File("tracker/tracker.db") });

        Assert.That(path, Is.EqualTo(folder.File(target == "../more/kept.db" ? "deep/other/kept.db" : "deep/share/common/kept.db")));
    }

    private static ContainsConstraint RefusedInOneLine(string key) =>
        Throws.TypeOf<SettingsException>().With.Message.Contains(key).And.Message.Contains("control character").And.Message.Not.Contains("\n");
}
