namespace Tracker.Storage.Joining;

/// <summary>What else speaks for or against two calls being one.</summary>
internal sealed record CallDetails(string Key, string? Client, string? RequestModel, string? ResponseModel, string? SessionId, IReadOnlyList<string> ToolUseIds);
