using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Tracker.Tests.Deploy;
using Tracker.Tests.Support;

namespace Tracker.Tests.Documentation;

/// <summary>
/// What a reader of the documents has: Tracker installed for one user with a real systemd, clients with their logs and settings, and calls of the last weeks. Its upstreams
/// are the fake one. The folder that commands run in is the unpacked release.
/// </summary>
internal sealed class ReadersMachine : IAsyncDisposable
{
    // Nothing that a document shows takes so long.
    private const int Seconds = 60;

    private readonly TempDirectory _home = new();
    private FakeUpstream _upstream = null!;
    private SystemdUser _systemd = null!;
    private Uri _proxy = null!;

    private ReadersMachine()
    {
    }

    private string Folder => _home.File("tracker");

    public static async Task<ReadersMachine> StartAsync(CancellationToken cancellationToken)
    {
        var machine = new ReadersMachine();
        try
        {
            await machine.SetUpAsync(cancellationToken);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command to its end.</summary>
    /// <returns>Its exit code, 124 when it does not end; and what it printed.</returns>
    public Task<(int ExitCode, string Output)> RunAsync(string command, CancellationToken cancellationToken)
    {
        WriteCommand(command);
        // Not every answer ends with its line.
        return RunShellAsync($"cd {Folder}; timeout {Seconds} bash -o pipefail ~/command.sh; code=$?; echo; exit $code", cancellationToken);
    }

    /// <summary>Runs a command that stays until it has printed a text, and ends it.</summary>
    /// <returns>0 if it did so, and what it printed.</returns>
    public Task<(int ExitCode, string Output)> RunUntilAsync(string command, string text, CancellationToken cancellationToken)
    {
        WriteCommand(command);
        // Lines come one by one, as in a terminal. What the command before has said is gone before this one begins, or it would be ended for it.
        return RunShellAsync(
            $"cd {Folder}; : > ~/said; setsid timeout {Seconds} stdbuf -oL bash ~/command.sh > ~/said 2>&1 & command=$!; "
            + $"while kill -0 $command && ! grep -q '{text}' ~/said; do sleep 0.05; done; kill -- -$command; wait $command; cat ~/said; grep -q '{text}' ~/said",
            cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_systemd is not null)
        {
            await _systemd.DisposeAsync();
        }

        if (_upstream is not null)
        {
            await _upstream.DisposeAsync();
        }

        _home.Dispose();
    }

    private async Task SetUpAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Folder);
        Release.CreateIn(Folder);
        _upstream = await FakeUpstream.StartAsync(_home.File("ledger.jsonl"), cancellationToken);
        _systemd = await SystemdUser.StartAsync(_home.Path, cancellationToken);
        _proxy = ServicePort.Choose(_home.Path);
        WriteSettings();
        WriteClients();
        WriteFiles();
        WriteStandIns();
        await DoAsync("sh deploy/install.sh", cancellationToken);
        // There is more than one day's log.
        Write(".local/share/tracker/logs/tracker-proxy-20200101.json", """{"@t":"2020-01-01T00:00:00.0000000Z","@mt":"Tracker stops","EventId":{"Id":1005,"Name":"Stopping"}}""" + "\n");
        await CallAsync(cancellationToken);
        await DoAsync("tracker-importer", cancellationToken);
    }

    private void WriteSettings()
    {
        var upstream = _upstream.Address.GetLeftPart(UriPartial.Authority);
        Write(".config/tracker/appsettings.json", JsonSerializer.Serialize(new
        {
            Urls = _proxy.GetLeftPart(UriPartial.Authority),
            Proxy = new { Providers = new[] { "anthropic", "openai", "gemini" }.ToDictionary(name => name, _ => new { BaseAddress = upstream }) },
        }));
        // An importer of the timer's would be in the way of a command now and then: the one is running already, the other must not be.
        Write(".config/systemd/user/tracker-importer.timer.d/later.conf", "[Timer]\nOnCalendar=\nOnCalendar=2100-01-01\n");
    }

    // Claude Code has worked on two projects in the last weeks; the others are installed.
    private void WriteClients()
    {
        var now = TimeProvider.System.GetUtcNow();
        foreach (var (project, model, calls) in new[] { ("shop", "claude-opus-4-8", 40), ("blog", "claude-sonnet-4-5", 25) })
        {
            var lines = Enumerable.Range(1, calls).Select(call => JsonSerializer.Serialize(new
            {
                type = "assistant",
                uuid = Guid.NewGuid(),
                timestamp = now.AddHours(-9 * call).AddMinutes(-model.Length).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
                cwd = _home.File("src/" + project),
                sessionId = $"{project}-{call / 8}",
                version = "2.1.197",
                requestId = $"req_{project}{call}",
                message = new
                {
                    id = $"msg_01{project}{call:D18}",
                    type = "message",
                    role = "assistant",
                    model,
                    stop_reason = "tool_use",
                    content = new[] { new { type = "tool_use", id = $"toolu_{project}{call:D20}", name = call % 3 == 0 ? "Bash" : "Read", input = new { } } },
                    usage = new { input_tokens = 200 + call, cache_creation_input_tokens = 3000 + (70 * call), cache_read_input_tokens = 40_000 + (900 * call), output_tokens = 500 + (31 * call), service_tier = "standard" },
                },
            }));
            Write($".claude/projects/-src-{project}/session.jsonl", string.Concat(lines.Select(line => line + "\n")));
        }

        foreach (var (settings, file) in new[] { ("claude-code.settings.json", ".claude/settings.json"), ("codex.config.toml", ".codex/config.toml"), ("opencode.jsonc", ".config/opencode/opencode.jsonc") })
        {
            Write(file, File.ReadAllText(TestData.Path("connecting", settings)));
        }
    }

    // What commands name as the reader's own.
    private void WriteFiles()
    {
        using (var laptop = new TestDatabase())
        {
            laptop.Write(Some.Usage());
            SqliteConnection.ClearAllPools();
            File.Copy(laptop.Path, Path.Combine(Folder, "laptop-tracker.db"));
        }

        Write("tracker/model_prices_and_context_window.json", Storage.PublicTables.Of(genai: false, ("openai", "gpt-99", 1, 2, 0.1m)));
        Directory.CreateDirectory(_home.File("backups"));
        Write(".codex/auth.json", """{ "OPENAI_API_KEY": "secret-0009" }""");
    }

    private void WriteStandIns()
    {
        // What is left of 'dotnet run --project' when everything is built.
        WriteProgram("dotnet", $"""
            [ "$1 $2" = "run --project" ] || exit 64
            case $3 in
              Tracker.Proxy) program='{TrackerProcess.PathOf("tracker-proxy")}' ;;
              Tracker.Importer) program='{TrackerProcess.PathOf("tracker-importer")}' ;;
              *) exit 64 ;;
            esac
            shift 3
            exec '{DotnetPath()}' "$program" "$@"
            """);
        // No journal runs here. The real program judges the arguments; the lines are those that the services write to their logs as well.
        WriteProgram("journalctl", """
            /usr/bin/journalctl "$@" --version > /dev/null || exit
            case " $* " in *" -f "*) follow=-F ;; *) follow= ;; esac
            exec tail $follow -q -n +1 ~/.local/share/tracker/logs/tracker-proxy-*.json
            """);
    }

    private async Task CallAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = _proxy };
        (string Path, string Agent, string Body)[] calls =
        [
            ("/v1/messages", "claude-cli/2.1.197 (external, cli)", """{"model":"claude-opus-4-8","max_tokens":100,"messages":[{"role":"user","content":"hello"}]}"""),
            ("/openai/v1/responses", "codex_cli_rs/0.169.0", """{"model":"gpt-5.4","input":"hello"}"""),
            ("/openai/v1/chat/completions", "OpenAI/Python 2.9.0", """{"model":"gpt-5.4","messages":[{"role":"user","content":"hello"}]}"""),
            ("/openai/v1/chat/completions", "OpenAI/Python 2.9.0", """{"model":"a-model-of-our-own","messages":[{"role":"user","content":"hello"}]}"""),
            ("/gemini/v1beta/models/gemini-2.5-pro:generateContent", "google-genai-sdk/1.30.0", """{"contents":[{"parts":[{"text":"hello"}]}]}"""),
        ];
        foreach (var (path, agent, body) in calls)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.TryAddWithoutValidation("User-Agent", agent);
            using var response = await client.SendAsync(request, cancellationToken);
            Assert.That(response.IsSuccessStatusCode, Is.True, $"{path}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }

    // With this machine's address in the place of the usual one.
    private void WriteCommand(string command) => Write(
        "command.sh", $"export PATH=\"$HOME/stand-ins:$HOME/.local/bin:$PATH\" TERM=dumb\n{command.Replace("127.0.0.1:8082", _proxy.Authority, StringComparison.Ordinal)}\n");

    // With the home in the documents.
    private async Task<(int ExitCode, string Output)> RunShellAsync(string command, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await _systemd.RunAsync(command, cancellationToken);
        return (exitCode, output.Replace(_home.Path, "/home/me", StringComparison.Ordinal));
    }

    private async Task DoAsync(string command, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(command, cancellationToken);
        Assert.That(exitCode, Is.Zero, $"{command}\n{output}");
    }

    private void WriteProgram(string name, string script)
    {
        Write($"stand-ins/{name}", $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_home.File($"stand-ins/{name}"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    private void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home.File(path))!);
        File.WriteAllText(_home.File(path), content);
    }

    private static string DotnetPath() => Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
}
