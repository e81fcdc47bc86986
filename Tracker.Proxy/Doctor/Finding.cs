namespace Tracker.Proxy.Doctor;

/// <summary>One line of what the doctor says.</summary>
/// <param name="Check">What was looked at: <c>port</c>, <c>database</c>.</param>
/// <param name="Verdict">How it stands.</param>
/// <param name="Message">What that means.</param>
/// <param name="Advice">What to do, a command if there is one; null: nothing.</param>
internal sealed record Finding(string Check, Verdict Verdict, string Message, string? Advice = null)
{
    public static Finding Ok(string check, string message) => new(check, Verdict.Ok, message);

    public static Finding Warning(string check, string message, string advice) => new(check, Verdict.Warning, message, advice);

    public static Finding Trouble(string check, string message, string advice) => new(check, Verdict.Trouble, message, advice);
}
