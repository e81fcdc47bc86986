namespace Tracker.Proxy.Statistics;

/// <summary>What a column of a report holds, which decides how each format writes it.</summary>
internal enum ColumnKind
{
    Text,

    /// <summary>A whole number.</summary>
    Count,

    /// <summary>Nano-USD; written in dollars, in JSON both as <c>…_nano_usd</c> and <c>…_usd</c>.</summary>
    Money,

    /// <summary>A part of one.</summary>
    Share,

    Time,

    Flag,
}

/// <summary>A column of a report.</summary>
/// <param name="Name">As it stands in every format; without the unit for <see cref="ColumnKind.Money"/>.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Description">For the API's document.</param>
/// <param name="Group">The object in JSON that it is a member of; null: the row's own.</param>
/// <param name="OnlyJson">Too much for a terminal.</param>
internal sealed record ReportColumn(string Name, ColumnKind Kind, string Description, string? Group = null, bool OnlyJson = false)
{
    /// <summary>Never null.</summary>
    public bool IsKnown { get; init; }

    /// <summary>Only there when it is asked for.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Its heading in text and CSV.</summary>
    public string Heading { get; init; } = Kind == ColumnKind.Money ? Name + "_usd" : Name;
}
