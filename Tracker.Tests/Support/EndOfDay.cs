namespace Tracker.Tests.Support;

/// <summary>For tests that write calls of "today" and look for them a moment later.</summary>
internal static class EndOfDay
{
    private static readonly TimeSpan Near = TimeSpan.FromSeconds(30);

    /// <summary>Waits for the next day when this one is nearly over.</summary>
    /// <param name="hour">When it ends, in UTC: 0, or that of another zone's midnight.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task AvoidAsync(int hour, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var end = now.Date.AddHours(hour) is var today && today > now.UtcDateTime ? today : today.AddDays(1);
        if (end - now.UtcDateTime is var left && left < Near)
        {
            await Task.Delay(left + TimeSpan.FromSeconds(1), cancellationToken);
        }
    }
}
