namespace Tracker.Proxy.Connecting.Editing;

/// <summary>A setting as it stands in a file.</summary>
/// <param name="Literal">Its value as it is written, quotes included.</param>
/// <param name="Text">What the value says; null when it is no text.</param>
/// <param name="Line">Where it is, from 1.</param>
internal sealed record FoundSetting(string Literal, string? Text, int Line);
