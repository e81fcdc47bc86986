using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Importer.Sources.ClaudeCode;
using Tracker.Storage.Pricing;

namespace Tracker.Tests.Support;

/// <summary>A home directory with Claude Code transcripts of a test's own, and an importer of it within the test's process.</summary>
internal sealed class ClaudeHome
{
    private readonly TestDatabase _database;
    private readonly ImportPass _pass;

    public ClaudeHome(TestDatabase database)
    {
        _database = database;
        Folder = Path.Combine(database.Folder, "home");
        Projects = Directory.CreateDirectory(Path.Combine(Folder, ".claude", "projects", "-home-dev-project")).FullName;
        _pass = new ImportPass(database.Connections, PriceBooks.Embedded, TimeProvider.System, new ProgressDisplay(isWanted: false), NullLogger<ImportPass>.Instance);
    }

    /// <summary>The home directory.</summary>
    public string Folder { get; }

    /// <summary>A folder for transcripts.</summary>
    public string Projects { get; }

    /// <summary>A line of Claude Code's for the call of that number, with 1000 + number output tokens unless told.</summary>
    public static string Line(int number, long? output = null, string? stopReason = "end_turn", string? more = null) => $$$$"""
        {"parentUuid":null,"isSidechain":false,"message":{"id":"{{{{Id(number)}}}}","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"x"}],"stop_reason":{{{{(stopReason is null ? "null" : $"\"{stopReason}\"")}}}},"usage":{"input_tokens":{{{{number}}}},"cache_creation_input_tokens":30,"cache_read_input_tokens":400,"output_tokens":{{{{output ?? 1000 + number}}}},"cache_creation":{"ephemeral_1h_input_tokens":10,"ephemeral_5m_input_tokens":20},"service_tier":"standard"}},"requestId":"req_{{{{number}}}}","type":"assistant","uuid":"{{{{Guid.NewGuid()}}}}","timestamp":"{{{{Some.Time.AddSeconds(number):yyyy-MM-ddTHH:mm:ss.fff}}}}Z","cwd":"/home/dev/project","sessionId":"session-1","version":"2.1.197"{{{{more}}}}}
        """;

    public static string Id(int number) => $"msg_01TEST{number:D18}";

    public string FilePath(string name) => Path.Combine(Projects, name);

    /// <summary>Writes a file of lines, each with its line feed.</summary>
    public string Write(string name, params IEnumerable<string> lines)
    {
        var path = FilePath(name);
        File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")), new UTF8Encoding(false));
        return path;
    }

    public void Append(string name, string text) => File.AppendAllText(FilePath(name), text);

    /// <summary>One pass, in this process.</summary>
    public SourceReport Import()
    {
        var source = new ClaudeCodeSource(new ClientFolders(Folder, new ConfigurationBuilder().Build()));
        return _pass.Run([source], CancellationToken.None).Sources.Single();
    }

    /// <summary>Output tokens by the call's number, of all rows.</summary>
    public IReadOnlyDictionary<int, long> Outputs() => _database.Query("SELECT usage_key AS key, output_tokens AS output FROM usage")
        .ToDictionary(row => int.Parse(((string)row["key"]!)[^18..]), row => (long)row["output"]!);
}
