using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Sources;

/// <summary>Claude Code's transcripts where other programs keep them.</summary>
public sealed class ClaudeCodeElsewhereTests
{
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [TestCase("Library/Application Support/Claude")]
    [TestCase("AppData/Roaming/Claude")]
    [TestCase("AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude")]
    [TestCase(".config/Claude")]
    public void Claude_Desktops_sessions_are_read_without_what_repeats_them(string data)
    {
        var home = new LogHome(_database, "claude-desktop");
        var session = $"{data}/local-agent-mode-sessions/7d1e/9a2b/local_41f0";
        home.WriteText($"{session}/.claude/projects/-sessions-work/s.jsonl", ClaudeHome.Line(1) + "\n");
        home.WriteText($"{session}/.claude/projects/-sessions-work/s/subagents/agent-a1.jsonl", ClaudeHome.Line(2) + "\n");
        home.WriteText($"{session}/audit.jsonl", ClaudeHome.Line(1, output: 3) + "\n" + ClaudeHome.Line(3) + "\n");
        home.WriteText($"{session}/outputs/projects/data.jsonl", ClaudeHome.Line(4) + "\n");
        home.WriteText($"{data}/local-agent-mode-sessions/7d1e/9a2b/local_41f0.json", "{}");

        var report = home.Import();

        Assert.That((report.Files, report.RowsAdded, report.Trouble.Count), Is.EqualTo((2, 2L, 0)));
        Assert.That(
            _database.Query("SELECT usage_key, output_tokens, client FROM usage ORDER BY usage_key").Select(row => string.Join(' ', row.Values)),
            Is.EqualTo(new[] { $"anthropic:{ClaudeHome.Id(1)} 1001 claude-desktop", $"anthropic:{ClaudeHome.Id(2)} 1002 claude-desktop" }));
    }

    [Test]
    public void Xcodes_transcripts_are_read()
    {
        var home = new LogHome(_database, "xcode");
        home.WriteText("Library/Developer/Xcode/CodingAssistant/ClaudeAgentConfig/projects/-Users-dev-App/s.jsonl", ClaudeHome.Line(1) + "\n");

        Assert.That(home.Import().RowsAdded, Is.EqualTo(1));
        Assert.That(_database.Scalar<string>("SELECT client FROM usage"), Is.EqualTo("xcode"));
    }

    [Test]
    public void Second_pass_reads_only_what_was_appended()
    {
        var home = new LogHome(_database, "claude-desktop");
        var path = home.WriteText(".config/Claude/local-agent-mode-sessions/a/b/local_c/.claude/projects/p/s.jsonl", ClaudeHome.Line(1) + "\n");
        home.Import();
        File.AppendAllText(path, ClaudeHome.Line(2) + "\n");

        var second = home.Import();

        Assert.That((second.Records, second.RowsAdded), Is.EqualTo((1L, 1L)));
    }
}
