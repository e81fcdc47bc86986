namespace Tracker.Importer.Sources.QwenCode;

/// <summary>What the lines of a chat told so far, as far as later lines need it. Kept with the file's cursor.</summary>
internal sealed class QwenChat
{
    /// <summary>The version that wrote the last telemetry: where it writes that, its assistant lines repeat it.</summary>
    public string? TelemetryVersion { get; set; }

    /// <summary>The last call of the main conversation, whose tools the next assistant line has.</summary>
    public string? ResponseId { get; set; }

    public string? AuthType { get; set; }

    public long? Input { get; set; }

    public long? Output { get; set; }
}
