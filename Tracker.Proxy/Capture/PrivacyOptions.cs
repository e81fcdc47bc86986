namespace Tracker.Proxy.Capture;

/// <summary>What of a conversation is kept. By default: nothing.</summary>
public sealed class PrivacyOptions
{
    public const string SectionName = "Privacy";

    /// <summary>Characters of the last user message that <see cref="StorePromptPreview"/> keeps.</summary>
    public const int PreviewLength = 200;

    /// <summary>Keep the first characters of the last user message in <c>usage.prompt_preview</c>. Default false.</summary>
    public bool StorePromptPreview { get; set; }
}
