namespace Tracker.Storage.Usage;

/// <summary>One tool that the model asked for within a call.</summary>
/// <param name="Id">The upstream's id of the tool use, such as <c>toolu_…</c>.</param>
/// <param name="Name">The tool's name as the client offered it.</param>
public sealed record ToolCall(string Id, string Name);
