using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Sources;

/// <summary>
/// Kilo Code writes the tasks of its beginnings and, since it is built from opencode, that one's database under its own name. The database is one of opencode's, as Kilo's source
/// declares the same tables (Kilo-Org/kilocode, <c>packages/opencode/src/session/session.sql.ts</c>, 2026).
/// </summary>
public sealed class KiloCodeTests
{
    private const string Task = ".config/Code/User/globalStorage/kilocode.kilo-code/tasks/t/ui_messages.json";
    private const string OneRequest = """[{"ts":1795456093001,"type":"say","say":"api_req_started","text":"{\"apiProtocol\":\"openai\",\"tokensIn\":5,\"tokensOut\":6}"}]""";
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [TestCase(".local/share/kilo/kilo.db")]
    [TestCase(".local/share/kilo/kilo-dev.db")]
    public void Database_and_tasks_are_read_side_by_side(string database)
    {
        var home = new LogHome(_database, "kilo-code");
        CopyDatabase(home.FilePath(database));
        home.WriteText(Task, OneRequest);
        home.WriteText(Task.Replace("ui_messages", "task_metadata", StringComparison.Ordinal), "{}");

        var report = home.Import();

        Assert.That((report.Files, report.Records, report.RowsAdded, report.Trouble.Count), Is.EqualTo((2, 18L, 18L, 0)));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE client = 'kilo-code' AND usage_key LIKE 'kilo-code:%'"), Is.EqualTo(18));
        Assert.That(_database.Query("SELECT output_tokens, reasoning_tokens FROM usage WHERE usage_key = 'kilo-code:msg_209838127001jPZGMNvzfVX4gR'").Single().Values, Is.EqualTo(new object[] { 377L, 54L }));
    }

    [Test]
    public void Messages_from_before_the_database_are_read()
    {
        var home = new LogHome(_database, "kilo-code");
        home.WriteText(
            ".local/share/kilo/storage/message/ses_1/msg_2098354d5001iRLUQPawAYGTvY.json",
            """{"id":"msg_2098354d5001iRLUQPawAYGTvY","sessionID":"ses_1","role":"assistant","modelID":"gpt-5","providerID":"kilo","time":{"created":1795455931000},"tokens":{"input":1002,"output":322,"reasoning":44,"cache":{"read":20014,"write":7}}}""");

        home.Import();

        Assert.That(_database.Query("SELECT usage_key, provider, output_tokens FROM usage").Single().Values, Is.EqualTo(new object[] { "kilo-code:msg_2098354d5001iRLUQPawAYGTvY", "kilo", 322L }));
    }

    [TestCase("copy", "copy/kilo.db")]
    [TestCase("copy/kilo.db", "copy/kilo.db")]
    [TestCase("share", "share/kilo/kilo.db")]
    public void Setting_may_name_the_data_folder_the_one_it_is_in_or_the_database(string path, string database)
    {
        var root = Path.Combine(_database.Folder, "home", path);
        var home = new LogHome(_database, "kilo-code", ("Importer:Roots:kilo-code", root));
        CopyDatabase(home.FilePath(database));

        Assert.That(home.Import().RowsAdded, Is.EqualTo(17));
    }

    [Test]
    public void Copy_of_both_is_read_and_what_lies_deeper_in_it_is_not()
    {
        var home = new LogHome(_database, "kilo-code", ("Importer:Roots:kilo-code", Path.Combine(_database.Folder, "home", "copy")));
        CopyDatabase(home.FilePath("copy/kilo.db"));
        CopyDatabase(home.FilePath("copy/tasks/deeper/opencode/opencode.db"));
        home.WriteText("copy/tasks/t/ui_messages.json", OneRequest);

        Assert.That(home.Import().RowsAdded, Is.EqualTo(18));
        Assert.That(new LogHome(_database, "opencode", ("Importer:Roots:opencode", Path.Combine(_database.Folder, "home", "copy", "tasks"))).Import().RowsAdded, Is.Zero);
    }

    private static void CopyDatabase(string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(TestData.Path("opencode", "1.18.33", "home", ".local", "share", "opencode", "opencode.db"), to);
    }
}
