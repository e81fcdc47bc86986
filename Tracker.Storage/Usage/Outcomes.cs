namespace Tracker.Storage.Usage;

/// <summary>The words of the <c>outcome</c> column.</summary>
internal static class Outcomes
{
    public const string Error = "error";
    private const string Completed = "completed";
    private const string Incomplete = "incomplete";

    public static string ToText(CallOutcome outcome) => outcome switch
    {
        CallOutcome.Completed => Completed,
        CallOutcome.Incomplete => Incomplete,
        _ => Error,
    };

    /// <returns><see cref="CallOutcome.Error"/> for any other word.</returns>
    public static CallOutcome FromText(string? text) => text switch
    {
        Completed => CallOutcome.Completed,
        Incomplete => CallOutcome.Incomplete,
        _ => CallOutcome.Error,
    };
}
