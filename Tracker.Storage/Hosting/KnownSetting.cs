namespace Tracker.Storage.Hosting;

/// <summary>One setting: what the programs accept, what <c>settings</c> shows, and what docs/settings.md says are made from this. Tests hold it to the options that read it.</summary>
/// <param name="Key">Its key. A part in <c>&lt;&gt;</c> stands for one name of the user's.</param>
/// <param name="Default">What holds when it is not set, as it would be written; null for nothing, or for what <see cref="KnownSettings.DefaultOf"/> finds out.</param>
/// <param name="Meaning">What it does, in Markdown.</param>
public sealed record KnownSetting(string Key, string? Default, string Meaning)
{
    /// <summary>What can be set, in Markdown; with a range, what kind of value it is.</summary>
    public string Values { get; init; } = "";

    /// <summary>The least value, as it would be written.</summary>
    public string? Least { get; init; }

    /// <summary>The greatest value, as it would be written.</summary>
    public string? Most { get; init; }

    /// <summary>What the default is, in Markdown, where <see cref="Default"/> cannot say it.</summary>
    public string? DefaultText { get; init; }

    /// <summary>Several values, each with a number behind the key; or one without.</summary>
    public bool IsList { get; init; }

    /// <summary>It is shown to nobody.</summary>
    public bool IsSecret { get; init; }

    /// <summary>It is one address, which is shown without what may be a secret in it.</summary>
    public bool IsAddress { get; init; }

    /// <summary>Whether a configuration's key is this one, or of its list.</summary>
    public bool Has(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var (known, given) = (Key.Split(':'), key.Split(':'));
        var isNumbered = IsList && given.Length == known.Length + 1 && given[^1].Length > 0;
        return (isNumbered || given.Length == known.Length)
            && known.Zip(given).All(pair => pair.First.StartsWith('<') ? pair.Second.Length > 0 : pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    public override string ToString() => Key;
}
