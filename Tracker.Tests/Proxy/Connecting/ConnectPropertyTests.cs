using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Tests.Proxy.Connecting;

/// <summary>Whatever a settings file looks like: connecting and disconnecting changes nothing, and when somebody has edited it in between, nothing but that.</summary>
public sealed partial class ConnectPropertyTests
{
    private static readonly Gen<string> Gap = Gen.OneOf("", "", " ", "\n", "\n\n    ", "\r\n\t", "/* c, { \" */", " // c: [ } \"x\"\n  ", "/**/\n");

    private static readonly Gen<string> Name = Gen.OneOf("env", "env", "a", "b", "ANTHROPIC_BASE_URL", "ENABLE_TOOL_SEARCH", "é😀", "with \\\" and //", "u\\u0052l");

    private static readonly Gen<string> Scalar = Gen.OneOf("1", "-2.5e3", "true", "null", "\"\"", "\"text\"", "\"/* no comment */\"", "\"\\\\\"", "\"漢字 😀\"", "\"https://api.anthropic.com\"", "\"http://127.0.0.1:8082\"");

    private static readonly Gen<string> Document = Gen.Select(Gap, Object(2), Gap, string.Concat);

    private static readonly Gen<string> TomlLine = Gen.OneOf(
        "", "# comment = [\n", "\n", "  \n", "k# = 1\n", "k# = \"a # b\" # c\r\n", "  k# = 'x'\n", "k#.inner = true\n", "k# = [\n  1, # one\n\n  2\n]\n", "k# = \"\"\"\nopenai_base_url = 'no'\n[no]\n\"\"\"\n",
        "k# = { a = 1, \"b\" = 'é😀' }\n", "[t#]\n", "[t#.\"with space\"]\r\n", "[[l#]]\n");

    private static readonly Gen<string> Toml = Gen.Select(
        Gen.OneOf("", "openai_base_url = \"https://api.openai.com/v1\" # mine\n", "'openai_base_url'='http://127.0.0.1:8082/openai/v1'\r\n", "openai_base_url=''\n"), TomlLine.Array[0, 12], Gen.Bool, Gen.Bool,
        (first, lines, isFirst, endsLine) =>
        {
            var numbered = lines.Select(Number).ToList();
            var text = isFirst ? first + string.Concat(numbered) : string.Concat(numbered.TakeWhile(line => !line.StartsWith('['))) + first + string.Concat(numbered.SkipWhile(line => !line.StartsWith('[')));
            return endsLine ? text : text.TrimEnd('\r', '\n');
        });

    [Test]
    public void Json_is_what_it_was() => Document.Sample(document =>
    {
        using var home = new ConnectHome();
        home.Write(".claude/settings.json", document);

        if (!Connects(home, "claude-code"))
        {
            return home.Read(".claude/settings.json") == document;
        }

        home.Disconnect(ConnectHome.Client("claude-code"));
        return home.Read(".claude/settings.json") == document || HoldsOurAddress(document); // Which goes, too.
    }, iter: 1000);

    [Test]
    public void Json_that_was_edited_meanwhile_says_what_it_said() => Document.Sample(document =>
    {
        using var home = new ConnectHome();
        home.Write(".claude/settings.json", document);
        if (HoldsOurAddress(document) || !Connects(home, "claude-code"))
        {
            return true;
        }

        home.Write(".claude/settings.json", home.Read(".claude/settings.json") + "\n/* somebody was here */");
        home.Disconnect(ConnectHome.Client("claude-code"));
        var after = home.Read(".claude/settings.json");
        return Meaning(after) == Meaning(document) && Comments(after) == Comments(document) + 1;
    }, iter: 1000);

    [Test]
    public void Toml_is_what_it_was() => Toml.Sample(document =>
    {
        using var home = new ConnectHome();
        home.Write(".codex/auth.json", """{ "OPENAI_API_KEY": "sk" }""");
        home.Write(".codex/config.toml", document);

        if (!Connects(home, "codex"))
        {
            return home.Read(".codex/config.toml") == document;
        }

        home.Disconnect(ConnectHome.Client("codex"));
        return home.Read(".codex/config.toml") == document;
    }, iter: 1000);

    [Test]
    public void Toml_that_was_edited_meanwhile_is_what_it_was_and_the_edit() => Toml.Sample(document =>
    {
        using var home = new ConnectHome();
        home.Write(".codex/auth.json", """{ "OPENAI_API_KEY": "sk" }""");
        home.Write(".codex/config.toml", document);
        if (!Connects(home, "codex"))
        {
            return true;
        }

        home.Write(".codex/config.toml", "# somebody was here\n" + home.Read(".codex/config.toml"));
        home.Disconnect(ConnectHome.Client("codex"));
        return home.Read(".codex/config.toml").TrimEnd('\r', '\n') == ("# somebody was here\n" + document).TrimEnd('\r', '\n');
    }, iter: 1000);

    [Test]
    public void Profile_is_what_it_was() => Gen.OneOf("a", "", "# <<< tracker <<<", "é", "  ", "export A=1").Array[0, 6].Select(Gen.OneOf("\n", "\r\n"), Gen.Bool, (lines, end, endsLine) => string.Join(end, lines) + (endsLine ? end : ""))
        .Sample(document =>
        {
            using var home = new ConnectHome();
            home.Write(".bashrc", document);
            home.Connect(ConnectHome.Client("bash"));
            home.Disconnect(ConnectHome.Client("bash"));
            return home.Read(".bashrc") == document;
        }, iter: 300);

    private static bool HoldsOurAddress(string document) => JsonSettings.Instance.Find(document, new SettingKey("env", "ANTHROPIC_BASE_URL"))?.Text == "http://127.0.0.1:8082";

    private static bool Connects(ConnectHome home, string client)
    {
        try
        {
            return home.Connect(ConnectHome.Client(client)) is { Obstacle: null, ChangesFile: true };
        }
        catch (MalformedSettingsException)
        {
            return false; // "env": 1
        }
    }

    private static Gen<string> Object(int depth)
    {
        var value = depth == 0 ? Scalar : Gen.Frequency((3, Scalar), (3, Object(depth - 1)), (1, List(depth - 1)));
        return Gen.Select(
            Gen.Select(Gap, Name, Gap, Gap, value, Gap, (before, name, afterName, afterColon, text, after) => $"{before}\"{name}\"{afterName}:{afterColon}{text}{after}").Array[0, 4],
            Gen.Bool, Gap, (members, hasComma, end) => $"{{{string.Join(',', members)}{(hasComma && members.Length > 0 ? "," : "")}{end}}}");
    }

    private static Gen<string> List(int depth) => Gen.Select(Gap, Object(depth), Gap, string.Concat).Array[0, 3].Select(items => $"[{string.Join(',', items)}]");

    private static string Number(string line, int number) => Numbered().Replace(line, number.ToString());

    [GeneratedRegex("(?<=[ktl])#")]
    private static partial Regex Numbered();

    private static int Comments(string text) => Comment().Count(text);

    // Those of the gap, which are in no string.
    [GeneratedRegex("""/\* (c, \{ "|somebody was here) \*/|// c: \[ \} "x"|/\*\*/""")]
    private static partial Regex Comment();

    /// <summary>What a client understands: the order of members does not count, and the last of a name does.</summary>
    private static string Meaning(string text)
    {
        using var document = JsonDocument.Parse(Comment().Replace(text, ""), new JsonDocumentOptions { AllowTrailingCommas = true });
        return Meaning(document.RootElement);
    }

    private static string Meaning(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(',', element.EnumerateObject().GroupBy(member => member.Name).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key}={Meaning(group.Last().Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(',', element.EnumerateArray().Select(Meaning))}]",
        _ => element.GetRawText(),
    };
}
