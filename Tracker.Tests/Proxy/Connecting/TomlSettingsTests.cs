using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Tests.Proxy.Connecting;

public sealed class TomlSettingsTests
{
    private static readonly TomlSettings Toml = TomlSettings.Instance;
    private static readonly SettingKey Key = new("url");

    [TestCase("", "url = \"x\"\n")]
    [TestCase("a = 1", "a = 1\nurl = \"x\"")]
    [TestCase("a = 1 # c\r\n\r\n[t]\r\nurl = 'of the table'", "a = 1 # c\r\nurl = \"x\"\r\n\r\n[t]\r\nurl = 'of the table'")]
    [TestCase("# head\n\n[t]\nb = 2\n", "url = \"x\"\n# head\n\n[t]\nb = 2\n")]
    [TestCase("a = [\n  1, # one\n  2,\n]\n[t]\n", "a = [\n  1, # one\n  2,\n]\nurl = \"x\"\n[t]\n")]
    [TestCase("a = \"\"\"\n[t]\nurl = 'no'\n\"\"\"\n", "a = \"\"\"\n[t]\nurl = 'no'\n\"\"\"\nurl = \"x\"\n")]
    [TestCase("url = 'é' # why\nb = 1\n", "url = \"x\" # why\nb = 1\n")]
    [TestCase("b = 1\n\"url\"='old'", "b = 1\n\"url\"=\"x\"")]
    public void Setting_is_written_beside_what_is_there(string text, string expected)
    {
        var edit = Toml.Write(text, Key, Toml.Quote("x"));
        var written = edit.ApplyTo(text);

        Assert.That(written, Is.EqualTo(expected));
        Assert.That(Toml.Find(written, Key)?.Text, Is.EqualTo("x"));
        Assert.That(edit.TakeBackFrom(written), Is.EqualTo(text));
    }

    [TestCase("url = \"x\"\n", "")]
    [TestCase("a = 1\nurl = \"x\"", "a = 1")]
    [TestCase("a = 1\r\nurl = \"x\"", "a = 1")]
    [TestCase("# mine\nurl = \"x\" # here\n\nb = 1\n", "# mine\n\nb = 1\n")]
    public void Setting_is_taken_away_with_its_line(string text, string expected) => Assert.That(Toml.Remove(text, Key)!.ApplyTo(text), Is.EqualTo(expected));

    [TestCase("[model_providers.own]\nbase_url = \"old\" # c\n")]
    [TestCase("[model_providers.\"own\"]\nname = \"o\"\n\"base_url\" = 'old'")]
    [TestCase("model_providers.own.base_url = 'old'")]
    [TestCase("model_providers = { own = { name = 'secret', base_url = 'old' } }")]
    [TestCase("[model_providers]\nown = { base_url = 'old', name = 'o' }")]
    [TestCase("[model_providers]\nown.base_url = 'old'")]
    public void Setting_in_a_table_is_found_however_the_table_is_written(string text)
    {
        var key = new SettingKey("model_providers", "own", "base_url");

        Assert.That(Toml.Find(text, key)?.Text, Is.EqualTo("old"));
        Assert.That(Toml.Write(text, key, "'x'").ApplyTo(text), Is.EqualTo(text.Replace("'old'", "'x'", StringComparison.Ordinal).Replace("\"old\"", "'x'", StringComparison.Ordinal)));
    }

    [TestCase("a = 1\nb = sk-secret\n", 2)]
    [TestCase("a = 1\n\na = 2\n", 3)]
    [TestCase("[t\n", 1)]
    public void Broken_text_is_told_with_its_line_and_without_what_it_says(string text, int line)
    {
        var broken = Assert.Throws<MalformedSettingsException>(() => Toml.Find(text, Key))!;

        Assert.That((broken.Line, broken.Message.Contains("secret", StringComparison.Ordinal)), Is.EqualTo((line, false)));
    }
}
