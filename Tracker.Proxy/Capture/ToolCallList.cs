using Tracker.Storage.Usage;

namespace Tracker.Proxy.Capture;

/// <summary>The tools that a response asks for.</summary>
internal static class ToolCallList
{
    /// <summary>An answer with more is hostile or broken; a record must not grow without bound.</summary>
    public const int Most = 256;

    public static void AddBounded(this List<ToolCall> list, ToolCall call)
    {
        if (list.Count < Most)
        {
            list.Add(call);
        }
    }
}
