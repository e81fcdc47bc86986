using System.Text;
using System.Text.RegularExpressions;
using Tracker.Tests.Support;

namespace Tracker.Tests.Documentation;

/// <summary>One of the pages that tell people how to use Tracker: its blocks of code, and the commands in them and in its text.</summary>
internal sealed partial class Document
{
    private readonly List<CodeBlock> _blocks = [];
    private readonly List<ShownCommand> _commands = [];

    private Document(string path)
    {
        Path = path;
        Read(File.ReadAllLines(System.IO.Path.Combine(Repository.Root, path)));
    }

    /// <summary>What a user reads, in the order of a first visit. Decisions are for those who change Tracker, and tell of their time.</summary>
    public static IReadOnlyList<Document> All { get; } = [.. Files().Select(path => new Document(path))];

    /// <summary>The file, below the repository.</summary>
    public string Path { get; }

    public IReadOnlyList<CodeBlock> Blocks => _blocks;

    /// <summary>Commands for a shell, in their order: of blocks, and code in the text (but for titles) that names a program and an argument. Each is there once.</summary>
    public IReadOnlyList<ShownCommand> Commands => _commands;

    private static IEnumerable<string> Files()
    {
        var folders = new[] { ("", SearchOption.TopDirectoryOnly), ("docs", SearchOption.TopDirectoryOnly), ("deploy", SearchOption.AllDirectories), ("Tracker.Importer/Sources", SearchOption.AllDirectories) };
        return from folder in folders
               from file in Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, folder.Item1), "*.md", folder.Item2).Order(StringComparer.Ordinal)
               let path = System.IO.Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')
               where path != "CHANGELOG.md"
               select path;
    }

    private void Read(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            if (Fence().Match(lines[i]) is { Success: true } fence)
            {
                var begin = i + 1;
                var indent = fence.Groups["indent"].Length;
                for (i = begin; lines[i].Trim() != "```"; i++)
                {
                    lines[i] = lines[i].Length > indent ? lines[i][indent..] : "";
                }

                Add(new CodeBlock(Path, begin + 1, fence.Groups["language"].Value, lines[begin..i]));
            }
            else if (!lines[i].StartsWith('#'))
            {
                foreach (Match code in Code().Matches(lines[i]))
                {
                    Add(new ShownCommand(Path, i + 1, Cmdlet().IsMatch(code.Value) ? "powershell" : "sh", code.Groups["command"].Value));
                }
            }
        }
    }

    private void Add(CodeBlock block)
    {
        _blocks.Add(block);
        if (block.Language == "sh")
        {
            foreach (var (line, text) in CommandsOf(block))
            {
                Add(new ShownCommand(Path, line, "sh", text));
            }
        }
        else if (block.Language == "text" && _commands.Count > 0)
        {
            _commands[^1] = _commands[^1] with { Output = string.Join('\n', block.Lines) };
        }
    }

    private void Add(ShownCommand command)
    {
        if (!_commands.Exists(other => other.Text == command.Text))
        {
            _commands.Add(command);
        }
    }

    /// <summary>One command a line, or on several within quotes; without the remark behind it.</summary>
    private static IEnumerable<(int Line, string Text)> CommandsOf(CodeBlock block)
    {
        var (text, quote, begin) = (new StringBuilder(), '\0', 0);
        for (var i = 0; i < block.Lines.Count; i++)
        {
            var line = block.Lines[i];
            begin = quote == '\0' ? i : begin;
            for (var at = 0; at < line.Length; at++)
            {
                if (quote == '\0' && line[at] == '#' && (at == 0 || line[at - 1] == ' '))
                {
                    break;
                }

                quote = quote == line[at] ? '\0' : quote == '\0' && line[at] is '"' or '\'' ? line[at] : quote;
                text.Append(line[at]);
            }

            if (quote != '\0')
            {
                text.Append('\n');
                continue;
            }

            if (text.ToString().Trim() is { Length: > 0 } command)
            {
                yield return (block.Line + begin, command);
            }

            text.Clear();
        }
    }

    [GeneratedRegex("^(?<indent> *)```(?<language>[a-z]*)$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"`(?<command>([A-Z_]+=\S+ )?(sudo|sh|dotnet|curl|jq|sqlite3|systemctl|journalctl|loginctl|launchctl|powershell|tracker-proxy|tracker-importer|(Get|Set|Start|Stop|Restart)-\w+) [^`]+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Code();

    [GeneratedRegex(@"^`(powershell|[A-Z]\w+-\w+) ")]
    private static partial Regex Cmdlet();
}
