namespace Tracker.Storage.Usage;

/// <summary>The words of the <c>outcome</c> column.</summary>
internal static class Outcomes
{
    public const string Error = "error";

    public static string ToText(CallOutcome outcome) => outcome switch
    {
        CallOutcome.Completed => "completed",
        CallOutcome.Incomplete => "incomplete",
        _ => Error,
    };
}
