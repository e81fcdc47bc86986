using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Tracker.Proxy.Recording;

/// <summary>How records wait for the database.</summary>
public sealed class RecordingOptions
{
    public const string SectionName = "Recording";

    /// <summary>Records held in memory while the database is busy; what does not fit is dropped and counted. 1 to 1 000 000. Default 10 000 (about 10 MB).</summary>
    [Range(1, 1_000_000)]
    public int QueueCapacity { get; set; } = 10_000;

    /// <summary>Time to empty the queue at shutdown; what is left then is lost and counted. 0 to 10 minutes. Default 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(2);
}

[OptionsValidator]
public sealed partial class RecordingOptionsValidator : IValidateOptions<RecordingOptions>;
