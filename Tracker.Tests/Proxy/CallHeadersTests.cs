using Microsoft.AspNetCore.Http;
using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Tests.Proxy;

public sealed class CallHeadersTests
{
    private readonly HeaderDictionary _headers = [];

    [Test]
    public void All_that_Claude_Code_tells_is_read()
    {
        _headers["User-Agent"] = "claude-cli/2.1.197 (external, cli)";
        _headers["X-Claude-Code-Session-Id"] = "5a2eb04d-5b92-472b-90ee-9f1a49e699e3";
        _headers["X-Claude-Code-Agent-Id"] = "a4ff5703eed85a20e";
        _headers["X-Claude-Code-Parent-Agent-Id"] = "b5";
        _headers["Content-Encoding"] = "gzip";

        var headers = CallHeaders.From(_headers);

        Assert.That((headers.UserAgent, headers.Client), Is.EqualTo(("claude-cli/2.1.197 (external, cli)", "claude-code")));
        Assert.That((headers.SessionId, headers.AgentId, headers.ParentAgentId), Is.EqualTo(("5a2eb04d-5b92-472b-90ee-9f1a49e699e3", "a4ff5703eed85a20e", "b5")));
        Assert.That(headers.ContentEncoding, Is.EqualTo("gzip"));
    }

    [Test]
    public void Codexs_session_and_its_sub_agent_are_told_apart()
    {
        _headers["User-Agent"] = "codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)";
        _headers["session-id"] = "root";
        _headers["thread-id"] = "root";
        var root = CallHeaders.From(_headers);
        _headers["thread-id"] = "child";
        _headers["x-codex-parent-thread-id"] = "root";
        var child = CallHeaders.From(_headers);

        Assert.That((root.Client, root.SessionId, root.AgentId, root.ParentAgentId), Is.EqualTo(("codex", "root", (string?)null, (string?)null)));
        Assert.That((child.Client, child.SessionId, child.AgentId, child.ParentAgentId), Is.EqualTo(("codex", "root", "child", "root")));
    }

    [Test]
    public void Opencode_Copilot_and_Kilo_Code_are_known_by_their_headers()
    {
        _headers["User-Agent"] = "OpenAI/JS 5.20.1";
        _headers["x-interaction-type"] = "conversation-user";
        _headers["x-initiator"] = "user";
        Assert.That(CallHeaders.From(_headers).Client, Is.EqualTo("copilot-cli"));

        var opencode = CallHeaders.From(new HeaderDictionary { ["User-Agent"] = "opencode/1.18.33", ["x-session-id"] = "ses_1", ["x-initiator"] = "user" });
        Assert.That((opencode.Client, opencode.SessionId), Is.EqualTo(("opencode", "ses_1")));

        var kilo = CallHeaders.From(new HeaderDictionary { ["User-Agent"] = "opencode/7.7.9 (linux 6.1; x64)", ["x-title"] = "Kilo Code" });
        Assert.That(kilo.Client, Is.EqualTo("kilo-code"));
    }

    [TestCase("claude-cli/2.1.197 (external, cli)", true)]
    [TestCase("curl/8.5.0", true)]
    [TestCase("ai-sdk/anthropic/2.0.57 ai-sdk/provider-utils/3.0.20 runtime/bun/1.3.5", false)]
    [TestCase("Anthropic/JS 1.12.0", false)]
    [TestCase("google-genai-sdk/2.32.0 gl-node/v20.20.2", false)]
    [TestCase("", false)]
    public void User_agent_of_an_SDK_names_no_client(string userAgent, bool isNamed)
    {
        _headers["User-Agent"] = userAgent;

        Assert.That(CallHeaders.From(_headers).NamesClient, Is.EqualTo(isNamed));
    }

    [Test]
    public void What_is_missing_or_empty_is_unknown()
    {
        _headers["User-Agent"] = "";
        _headers["X-Claude-Code-Session-Id"] = "";

        Assert.That(CallHeaders.From(_headers), Is.EqualTo(CallHeaders.From(new HeaderDictionary())));
        Assert.That(CallHeaders.From(_headers), Is.EqualTo(new CallHeaders()));
    }

    [TestCase("x-api-key", "sk-ant-api03-secret", AuthMode.ApiKey)]
    [TestCase("X-Api-Key", "anything", AuthMode.ApiKey)]
    [TestCase("Authorization", "Bearer sk-ant-oat01-secret", AuthMode.Subscription)]
    [TestCase("authorization", "bearer SK-ANT-OAT01-secret", AuthMode.Subscription)]
    [TestCase("Authorization", "Bearer sk-ant-api03-secret", AuthMode.ApiKey)]
    [TestCase("Authorization", "Bearer sk-proj-secret", AuthMode.ApiKey)]
    [TestCase("Authorization", "Bearer eyJhbGciOi.secret", null)]
    [TestCase("x-goog-api-key", "AIzaSecret", AuthMode.ApiKey)]
    [TestCase("api-key", "secret", AuthMode.ApiKey)]
    [TestCase("chatgpt-account-id", "account", AuthMode.Subscription)]
    [TestCase("Authorization", "Basic c2stYW50LW9hdA==", null)]
    [TestCase("Authorization", "", null)]
    [TestCase("Cookie", "x-api-key=sk-secret", null)]
    public void Kind_of_the_credential_is_told_as_far_as_it_shows(string name, string value, AuthMode? mode)
    {
        _headers[name] = value;

        Assert.That(CallHeaders.From(_headers).AuthMode, Is.EqualTo(mode));
    }

    [Test]
    public void Key_goes_before_a_token()
    {
        _headers["Authorization"] = "Bearer sk-ant-oat01-secret";
        _headers["x-api-key"] = "sk-ant-api03-secret";

        Assert.That(CallHeaders.From(_headers).AuthMode, Is.EqualTo(AuthMode.ApiKey));
    }

    [Test]
    public void Credentials_are_not_kept()
    {
        foreach (var name in (string[])["x-api-key", "Authorization", "Cookie", "api-key", "x-goog-api-key", "Proxy-Authorization", "anthropic-beta"])
        {
            _headers[name] = "Bearer sk-ant-oat01-secret";
        }

        _headers["User-Agent"] = "curl/8.5.0";

        var headers = CallHeaders.From(_headers);

        // A record's text has every property in it.
        Assert.That(headers.ToString(), Does.Contain("curl/8.5.0").And.Not.Contain("secret").And.Not.Contain("sk-ant"));
    }

    [Test]
    public void Texts_of_any_length_are_kept_to_a_bound()
    {
        _headers["User-Agent"] = new string('a', 100_000);
        _headers["X-Claude-Code-Session-Id"] = new string('b', 512);

        var headers = CallHeaders.From(_headers);

        Assert.That(headers.UserAgent, Is.EqualTo(new string('a', 512)));
        Assert.That(headers.SessionId, Is.EqualTo(new string('b', 512)));
    }
}
