namespace Tracker.Importer.Sources.Tokencost;

/// <summary>The database of tokencost, a proxy in Python whose users may want to keep what it has recorded. Described in this folder's README.md.</summary>
internal sealed class TokencostSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "tokencost";

    public string Client => Name;

    public bool IsExperimental => true;

    public bool HasCallsOfOthers => true;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new TokencostFormat()];

    // It keeps its database beside its code, and tells people to put that into their home.
    public IReadOnlyList<string> FindRoots() =>
        [.. folders.Configured(Name).Select(DatabaseIn).Prepend(folders.InHome("tokencost", "tracker.db")).Distinct(StringComparer.Ordinal)];

    private static string DatabaseIn(string path) => Directory.Exists(path) ? Path.Combine(path, "tracker.db") : path;
}
