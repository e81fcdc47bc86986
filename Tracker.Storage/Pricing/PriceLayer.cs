namespace Tracker.Storage.Pricing;

/// <summary>Where a price file comes from. A later layer replaces all prices that an earlier one has for a model.</summary>
internal enum PriceLayer
{
    /// <summary>Ships with Tracker.</summary>
    Embedded,

    /// <summary>Written by <c>tracker-importer prices refresh</c>.</summary>
    Refreshed,

    /// <summary>The user's own.</summary>
    Own,
}
