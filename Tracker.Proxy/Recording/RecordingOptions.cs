using Microsoft.Extensions.Options;

namespace Tracker.Proxy.Recording;

/// <summary>How records wait for the database.</summary>
public sealed class RecordingOptions
{
    public const string SectionName = "Recording";

    /// <summary>Records held in memory while the database is busy; what does not fit waits in the journal alone. 1 to 1 000 000. Default 10 000 (about 10 MB).</summary>
    public int QueueCapacity { get; set; } = 10_000;

    /// <summary>The most bytes that the hand-over journal takes on the disk. 8 MB to 1 TB, or 0 to do without a journal. Default 256 MB (about 300 000 calls).</summary>
    public long JournalBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>Time to empty the queue at shutdown; what is left then stays in the journal. 0 to 10 minutes. Default 2 seconds.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(2);
}

/// <summary>Names every wrong recording setting by its key.</summary>
internal sealed class RecordingOptionsValidator : IValidateOptions<RecordingOptions>
{
    public ValidateOptionsResult Validate(string? name, RecordingOptions options)
    {
        var faults = new List<string>();
        if (options.QueueCapacity is < 1 or > 1_000_000)
        {
            faults.Add($"Recording:QueueCapacity is {options.QueueCapacity}: it must be between 1 and 1000000.");
        }

        if (options.JournalBytes != 0 && options.JournalBytes is < 2 * JournalSegment.Size or > 1L << 40)
        {
            faults.Add($"Recording:JournalBytes is {options.JournalBytes}: it must be between {2 * JournalSegment.Size} and {1L << 40}, or 0 for no journal.");
        }

        if (options.DrainTimeout < TimeSpan.Zero || options.DrainTimeout > TimeSpan.FromMinutes(10))
        {
            faults.Add($"Recording:DrainTimeout is {options.DrainTimeout}: it must be between 00:00:00 and 00:10:00.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
