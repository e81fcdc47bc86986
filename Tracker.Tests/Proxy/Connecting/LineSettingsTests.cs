using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Tests.Proxy.Connecting;

/// <summary><c>.env</c> files, and blocks between marks.</summary>
public sealed class LineSettingsTests
{
    private static readonly EnvFileSettings Env = EnvFileSettings.Instance;
    private static readonly MarkedBlock Block = MarkedBlock.Instance;
    private static readonly SettingKey Key = new("URL");

    [TestCase("", "URL=x\n")]
    [TestCase("A=1", "A=1\nURL=x")]
    [TestCase("A=1\r\n", "A=1\r\nURL=x\r\n")]
    [TestCase("export URL = \"old\" # c\nA=1\n", "export URL = x # c\nA=1\n")]
    [TestCase("URL=first\nURL=old\r\nB=2", "URL=first\nURL=x\r\nB=2")]
    [TestCase("# URL=no\nMY_URL=no\nURL=\n", "# URL=no\nMY_URL=no\nURL=x\n")]
    public void Variable_is_written_beside_what_is_there(string text, string expected)
    {
        var edit = Env.Write(text, Key, "x");
        var written = edit.ApplyTo(text);

        Assert.That(written, Is.EqualTo(expected));
        Assert.That(Env.Find(written, Key)?.Text, Is.EqualTo("x"));
        Assert.That(edit.TakeBackFrom(written), Is.EqualTo(text));
    }

    [TestCase("URL=x\n", "")]
    [TestCase("A=1\nURL=x", "A=1")]
    [TestCase("A=1\r\nURL='x' # c\r\nB=2\r\n", "A=1\r\nB=2\r\n")]
    public void Variable_is_taken_away_with_its_line(string text, string expected) => Assert.That(Env.Remove(text, Key)!.ApplyTo(text), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("a")]
    [TestCase("a\r\nb\r\n")]
    [TestCase("# <<< tracker <<<\n")]
    public void Block_is_written_at_the_end_and_taken_away(string text)
    {
        var edit = Block.Write(text, MarkedBlock.Key, "one\ntwo");
        var written = edit.ApplyTo(text);
        var other = Block.Write(written, MarkedBlock.Key, "three");

        Assert.That(written, Does.StartWith(text));
        Assert.That(Block.Find(written, MarkedBlock.Key)?.Text, Is.EqualTo("one\ntwo"));
        Assert.That(Block.Find(other.ApplyTo(written), MarkedBlock.Key)?.Text, Is.EqualTo("three"));
        Assert.That(Block.Remove(written, MarkedBlock.Key)!.ApplyTo(written).TrimEnd('\r', '\n'), Is.EqualTo(text.TrimEnd('\r', '\n')));
        Assert.That(edit.TakeBackFrom(written), Is.EqualTo(text));
    }

    [TestCase("a\n# >>> tracker >>>\nb\n", 2)]
    [TestCase("# >>> tracker >>>\n# >>> tracker >>>\n# <<< tracker <<<\n", 1)]
    public void Block_without_its_end_is_left_alone(string text, int line) =>
        Assert.That(Assert.Throws<MalformedSettingsException>(() => Block.Find(text, MarkedBlock.Key))!.Line, Is.EqualTo(line));
}
