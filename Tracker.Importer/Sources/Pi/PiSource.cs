namespace Tracker.Importer.Sources.Pi;

/// <summary>Pi's sessions: <c>~/.pi/agent/sessions/&lt;folder&gt;/&lt;time&gt;_&lt;session&gt;.jsonl</c>.</summary>
internal sealed class PiSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "pi";

    public string Client => Name;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new PiFormat(Name, path => path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))];

    public IReadOnlyList<string> FindRoots() =>
        [.. folders.Configured(Name).SelectMany(path => LogFolders.Named(path, "sessions")).Prepend(Path.Combine(folders.VariableFolder("PI_CODING_AGENT_DIR") ?? folders.InHome(".pi", "agent"), "sessions")).Distinct(StringComparer.Ordinal)];
}
