namespace Tracker.Proxy.Connecting;

/// <summary>A setting that connecting has written.</summary>
/// <param name="Key">Where it is.</param>
/// <param name="Literal">What was written.</param>
/// <param name="Previous">What was there before, as it was written; null: nothing.</param>
/// <param name="CreatedParents">How many of the containers around it were made for it.</param>
internal sealed record ConnectedSetting(IReadOnlyList<string> Key, string Literal, string? Previous, int CreatedParents);
