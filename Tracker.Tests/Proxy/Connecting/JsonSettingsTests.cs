using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Tests.Proxy.Connecting;

public sealed class JsonSettingsTests
{
    private static readonly JsonSettings Json = JsonSettings.Instance;
    private static readonly SettingKey Key = new("env", "URL");

    [TestCase("", "{\n  \"env\": {\n    \"URL\": \"x\"\n  }\n}\n")]
    [TestCase("{}", "{\"env\": {\"URL\": \"x\"}}")]
    [TestCase("{\n}\n", "{\n  \"env\": {\n    \"URL\": \"x\"\n  }\n}\n")]
    [TestCase("{\n  \"a\": 1\n}", "{\n  \"env\": {\n    \"URL\": \"x\"\n  },\n  \"a\": 1\n}")]
    [TestCase("{\r\n\t\"a\": 1\r\n}", "{\r\n\t\"env\": {\r\n\t\t\"URL\": \"x\"\r\n\t},\r\n\t\"a\": 1\r\n}")]
    [TestCase("{\"a\":1}", "{\"env\": {\"URL\": \"x\"},\"a\":1}")]
    [TestCase("{ \"a\": 1 }", "{ \"env\": { \"URL\": \"x\" }, \"a\": 1 }")]
    [TestCase("{\n    \"env\": {},\n    \"a\": 1\n}", "{\n    \"env\": {\n        \"URL\": \"x\"\n    },\n    \"a\": 1\n}")]
    [TestCase("{\n  // why\n  \"env\": { // mine\n    \"B\": \"1\", // b\n  },\n}", "{\n  // why\n  \"env\": { // mine\n    \"URL\": \"x\",\n    \"B\": \"1\", // b\n  },\n}")]
    [TestCase("{ /* c */ \"a\": 1 }", "{ /* c */ \"env\": { \"URL\": \"x\" }, \"a\": 1 }")]
    [TestCase("{\"env\":{\"URL\":\"old\"}}", "{\"env\":{\"URL\":\"x\"}}")]
    [TestCase("{\"env\":{\"URL\" /* c */ : \"old\" , \"B\":2}}", "{\"env\":{\"URL\" /* c */ : \"x\" , \"B\":2}}")]
    [TestCase("{\"env\":{\"A\":1},\"env\":{\"B\":1}}", "{\"env\":{\"A\":1},\"env\":{\"URL\": \"x\",\"B\":1}}", Description = "the last of a name counts")]
    public void Setting_is_written_beside_what_is_there(string text, string expected)
    {
        var edit = Json.Write(text, Key, "\"x\"");
        var written = edit.ApplyTo(text);

        Assert.That(written, Is.EqualTo(expected));
        Assert.That(Json.Find(written, Key), Is.EqualTo(new FoundSetting("\"x\"", "x", 1 + written[..written.IndexOf("\"x\"", StringComparison.Ordinal)].Count(letter => letter == '\n'))));
        Assert.That(edit.TakeBackFrom(written), Is.EqualTo(text));
    }

    [TestCase("{\"env\":{\"URL\":\"x\"}}", "{\"env\":{}}")]
    [TestCase("{\"env\":{\"URL\":\"x\",\"B\":1}}", "{\"env\":{\"B\":1}}")]
    [TestCase("{\"env\":{\"B\":1,\"URL\":\"x\"}}", "{\"env\":{\"B\":1}}")]
    [TestCase("{\n  \"env\": {\n    \"B\": 1, // b\n    \"URL\": \"x\"\n  }\n}", "{\n  \"env\": {\n    \"B\": 1 // b\n    \n  }\n}")]
    [TestCase("{\n  \"env\": {\n    \"A\": 1,\n    \"URL\": \"x\", // mine\n    \"B\": 1\n  }\n}", "{\n  \"env\": {\n    \"A\": 1, // mine\n    \"B\": 1\n  }\n}")]
    [TestCase("{\n  \"env\": { // note\n    \"URL\": \"x\",\n    \"B\": 1\n  }\n}", "{\n  \"env\": { // note\n    \"B\": 1\n  }\n}")]
    [TestCase("{\"env\":{\"URL\":\"x\" // c\n, \"B\":1}}", "{\"env\":{ // c\n\"B\":1}}")]
    public void Setting_is_taken_away_and_comments_stay(string text, string expected)
    {
        var removed = Json.Remove(text, Key)!.ApplyTo(text);

        Assert.That(removed, Is.EqualTo(expected));
        Assert.That(Json.Find(removed, Key), Is.Null);
        Assert.That(Json.Remove(removed, Key), Is.Null);
    }

    [TestCase("{", 1)]
    [TestCase("{\n  \"a\": sk-secret\n}", 2)]
    [TestCase("{}\n}", 2)]
    [TestCase("[]", 1)]
    [TestCase("\n\"text\"", 2)]
    [TestCase("{ \"a\": 1 \"b\": 2 }", 1)]
    public void Broken_text_is_told_with_its_line_and_without_what_it_says(string text, int line)
    {
        var broken = Assert.Throws<MalformedSettingsException>(() => Json.Find(text, Key))!;

        Assert.That((broken.Line, broken.Message.Contains("secret", StringComparison.Ordinal)), Is.EqualTo((line, false)));
    }

    [TestCase("{\n\"env\": 1 }")]
    [TestCase("{\n\"env\": [] }")]
    [TestCase("{\n\"env\": null }")]
    public void What_should_be_an_object_and_is_none_is_left_alone(string text) =>
        Assert.That(Assert.Throws<MalformedSettingsException>(() => Json.Write(text, Key, "\"x\""))!.Line, Is.EqualTo(2));
}
