namespace Tracker.Proxy.Connecting;

/// <summary>A setting that connecting has written.</summary>
/// <param name="Key">Where it is.</param>
/// <param name="Literal">What was written.</param>
/// <param name="Previous">What was there before, as it was written; null: nothing.</param>
/// <param name="CreatedParents">How many of the containers around it were made for it.</param>
/// <param name="Former">What had been written when it was connected before; it is still there if the latest change was never made. Null: it is the first.</param>
internal sealed record ConnectedSetting(IReadOnlyList<string> Key, string Literal, string? Previous, int CreatedParents, string? Former = null);
