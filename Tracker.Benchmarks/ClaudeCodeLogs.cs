using System.Globalization;
using System.Text;

namespace Tracker.Benchmarks;

/// <summary>
/// Claude Code's logs as they lie on a disk, the same ones for the same seed: a few lines of usage among much longer ones without, a line for each block of an answer
/// that repeats its usage, first counts that grow later, sub-agents in files of their own, histories copied into the next session, and text that looks like usage.
/// What is truly in them is kept beside. About 21 KB and two lines with usage for each call, 48,000 calls in 1 GB.
/// </summary>
internal sealed class ClaudeCodeLogs(string home, int seed)
{
    private const int NoiseBytes = 1 << 20;

    private static readonly string[] Models = ["claude-opus-4-8", "claude-sonnet-4-5", "claude-haiku-4-5"];
    private static readonly DateTimeOffset Begin = new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero);

    private readonly Random _random = new(seed);
    private readonly string _noise = MakeNoise(seed);
    private readonly Dictionary<(DateOnly Day, string Model), Counts> _truth = [];
    private readonly List<string> _history = [];
    private string? _lastFile;
    private string _session = "";
    private string _project = "";
    private DateTimeOffset _now = Begin;
    private int _messages;

    /// <summary>The folder that stands for the user's home.</summary>
    public string Home => home;

    public int Files { get; private set; }

    /// <summary>What each day (UTC) and model used: what an import must come to.</summary>
    public IReadOnlyDictionary<(DateOnly Day, string Model), Counts> Truth => _truth;

    public long Calls => _truth.Values.Sum(counts => counts.Calls);

    /// <summary>Writes sessions until the logs are so long.</summary>
    public void Write(long bytes)
    {
        for (var written = 0L; written < bytes;)
        {
            written += WriteSession();
        }
    }

    /// <summary>The last session goes on for so many bytes.</summary>
    public void Append(long bytes)
    {
        using var file = new StreamWriter(_lastFile!, append: true);
        for (var written = 0L; written < bytes;)
        {
            written += WriteTurn(file, agent: null, isCopied: false);
        }
    }

    private long WriteSession()
    {
        _session = new Guid(_random.Next(), (short)_random.Next(short.MaxValue), (short)_random.Next(short.MaxValue), NextBytes(8)).ToString();
        _project = $"-home-dev-project-{_random.Next(40)}";
        // Sessions of one user overlap and pause; three months of them.
        _now = Begin.AddMinutes(_random.Next(60 * 24 * 90));
        var folder = Path.Combine(home, ".claude", "projects", _project);
        Directory.CreateDirectory(folder);
        _lastFile = Path.Combine(folder, _session + ".jsonl");
        var written = WriteFile(_lastFile, agent: null, _random.Next(8, 60), copies: _random.Next(10) == 0);
        if (_random.Next(3) == 0)
        {
            var agent = $"{_random.Next():x8}{_random.Next():x8}";
            var agents = Path.Combine(folder, _session, "subagents");
            Directory.CreateDirectory(agents);
            written += WriteFile(Path.Combine(agents, $"agent-{agent}.jsonl"), agent, _random.Next(4, 30), copies: false);
        }

        return written;
    }

    private long WriteFile(string path, string? agent, int turns, bool copies)
    {
        Files++;
        using var file = new StreamWriter(path);
        var written = 0L;
        if (copies)
        {
            // A fork begins with what the session before it has said.
            foreach (var line in _history)
            {
                file.Write(line);
                written += line.Length;
            }
        }

        _history.Clear();
        for (var i = 0; i < turns; i++)
        {
            written += WriteTurn(file, agent, isCopied: true);
        }

        return written;
    }

    private long WriteTurn(StreamWriter file, string? agent, bool isCopied)
    {
        var written = Put(file, Line("user", agent, $$$"""{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_{{{_random.Next()}}}","content":"{{{Noise(_random.Next(500, 32_000))}}}"}]}"""), isCopied);
        if (_random.Next(20) == 0)
        {
            written += Put(file, Line("user", agent, """{"role":"user","content":"{\"type\":\"assistant\",\"message\":{\"id\":\"msg_none\",\"usage\":{\"input_tokens\":999999,\"output_tokens\":888888}}}"}"""), isCopied);
        }

        return written + WriteCall(file, agent, isCopied);
    }

    private long WriteCall(StreamWriter file, string? agent, bool isCopied)
    {
        var model = Models[_random.Next(agent is null ? 2 : 3)];
        var id = $"msg_01{++_messages:D22}";
        var (input, read, written5m, output) = (_random.Next(1, 40), _random.Next(10_000, 150_000), _random.Next(0, 6000), _random.Next(50, 3000));
        var blocks = _random.Next(1, 4);
        var length = 0L;
        for (var block = 1; block <= blocks; block++)
        {
            var isLast = block == blocks;
            var content = isLast ? $$$"""{"type":"tool_use","id":"toolu_{{{_messages}}}{{{block}}}","name":"Bash","input":{"command":"{{{Noise(_random.Next(20, 900))}}}"}}""" : $$$"""{"type":"text","text":"{{{Noise(_random.Next(50, 2000))}}}"}""";
            length += Put(file, Line("assistant", agent, $$$"""
                {"model":"{{{model}}}","id":"{{{id}}}","type":"message","role":"assistant","content":[{{{content}}}],"stop_reason":{{{(isLast ? "\"tool_use\"" : "null")}}},"stop_sequence":null,"usage":{"input_tokens":{{{input}}},"cache_creation_input_tokens":{{{written5m}}},"cache_read_input_tokens":{{{read}}},"cache_creation":{"ephemeral_5m_input_tokens":{{{written5m}}},"ephemeral_1h_input_tokens":0},"output_tokens":{{{(isLast ? output : block)}}},"service_tier":"standard"}}
                """, $"req_{_messages:D20}"), isCopied);
            if (block == 1)
            {
                var day = (DateOnly.FromDateTime(_now.UtcDateTime), model);
                _truth[day] = _truth.GetValueOrDefault(day) + new Counts(1, input, read, written5m, output);
            }
        }

        return length;
    }

    private string Line(string type, string? agent, string message, string? request = null)
    {
        // The first block's line has the call's time: the others come later, and never on another day.
        var at = _now.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        if (type == "user")
        {
            _now = _now.AddSeconds(_random.Next(2, 90));
            at = _now.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        }

        return $$$"""
            {"parentUuid":"{{{_random.Next():x8}}}","isSidechain":{{{(agent is null ? "false" : "true")}}},"userType":"external","cwd":"/home/dev/{{{_project}}}","sessionId":"{{{_session}}}","version":"2.1.197","gitBranch":"main",{{{(agent is null ? "" : $"\"agentId\":\"{agent}\",")}}}"type":"{{{type}}}","message":{{{message}}},{{{(request is null ? "" : $"\"requestId\":\"{request}\",")}}}"uuid":"{{{_random.Next():x8}}}-{{{_random.Next():x8}}}","timestamp":"{{{at}}}"}

            """;
    }

    private long Put(StreamWriter file, string line, bool isCopied)
    {
        file.Write(line);
        if (isCopied && _history.Count < 40)
        {
            _history.Add(line);
        }

        return line.Length;
    }

    private string Noise(int length) => _noise.Substring(_random.Next(NoiseBytes - length), length);

    private byte[] NextBytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    // Words of programs and logs; no character that JSON escapes, so that every piece of it can be cut out.
    private static string MakeNoise(int seed)
    {
        var random = new Random(seed);
        string[] words = ["class", "static", "await", "usage", "token", "limit", "INFO", "2026-11-03", "src/app.cs:42", "=>", "return", "{}", "input_tokens", "[10:57:14]", "const", "stream", "retry", "0x3fe", "///"];
        var text = new StringBuilder(NoiseBytes + 32);
        while (text.Length < NoiseBytes)
        {
            text.Append(words[random.Next(words.Length)]).Append(' ');
        }

        return text.ToString();
    }

    /// <summary>The tokens of some calls.</summary>
    public readonly record struct Counts(long Calls, long Input, long CacheRead, long CacheCreation, long Output)
    {
        public static Counts operator +(Counts one, Counts other) =>
            new(one.Calls + other.Calls, one.Input + other.Input, one.CacheRead + other.CacheRead, one.CacheCreation + other.CacheCreation, one.Output + other.Output);
    }
}
