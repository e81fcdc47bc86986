namespace Tracker.Proxy.Connecting.Editing;

/// <summary>Where a setting is in its file: the names of what it is in, and its own. In a list the name is the position.</summary>
internal sealed record SettingKey(params IReadOnlyList<string> Parts)
{
    public SettingKey Parent => new([.. Parts.SkipLast(1)]);

    public string Name => Parts.Count == 0 ? "" : Parts[^1];

    public bool Equals(SettingKey? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Aggregate(0, HashCode.Combine);

    public override string ToString() => string.Join('.', Parts);
}
