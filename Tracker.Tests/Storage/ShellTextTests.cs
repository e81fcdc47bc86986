using System.Diagnostics;
using Tracker.Storage.Hosting;

namespace Tracker.Tests.Storage;

/// <summary>A command that people are told to paste says to the shell what it says to them.</summary>
public sealed class ShellTextTests
{
    [TestCase("gpt-5.2")]
    [TestCase("anthropic/claude-opus-4-5@20251101")]
    [TestCase("x$(touch /tmp/x)`id`; rm -rf ~ | sh & # \"!\" * ? [a] {b,c} \\ <in >out")]
    [TestCase("/Users/a/Library/Application Support/Tracker/tracker.db")]
    [TestCase("it's ''quoted''")]
    [TestCase("~")]
    [TestCase("jürgen")]
    [TestCase("two\nlines")]
    [TestCase("")]
    [Platform(Exclude = "Win")]
    public void Shell_takes_a_word_for_what_it_is(string value)
    {
        var start = new ProcessStartInfo("sh", ["-c", $"printf '[%s]' {ShellText.Of(value)}"]) { RedirectStandardOutput = true };
        using var shell = Process.Start(start)!;

        Assert.That(shell.StandardOutput.ReadToEnd(), Is.EqualTo($"[{value}]"));
    }

    [Test]
    public void What_needs_no_quotes_has_none() => Assert.That(ShellText.Of("/var/lib/tracker/tracker.db", isPowerShell: false), Is.EqualTo("/var/lib/tracker/tracker.db"));

    [TestCase(@"C:\ProgramData\Tracker\tracker.db", @"C:\ProgramData\Tracker\tracker.db")]
    [TestCase(@"C:\Users\A B\tracker.db", @"'C:\Users\A B\tracker.db'")]
    [TestCase("x$(calc)", "'x$(calc)'")]
    [TestCase("it's", "'it''s'")]
    [TestCase("x\u2019; calc; \u2018", "'x\u2019\u2019; calc; \u2018\u2018'")]
    [TestCase("@x", "'@x'")]
    public void PowerShell_has_quotes_of_its_own(string value, string word) => Assert.That(ShellText.Of(value, isPowerShell: true), Is.EqualTo(word));

    [Test, Platform(Exclude = "Win")]
    public void Pattern_is_left_to_the_shell() => Assert.That(ShellText.Of("/a b/tracker.db", "*"), Is.EqualTo("'/a b/tracker.db'*"));
}
