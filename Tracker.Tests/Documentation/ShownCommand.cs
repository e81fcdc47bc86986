namespace Tracker.Tests.Documentation;

/// <summary>A command that a document shows its reader.</summary>
/// <param name="Document">The file, below the repository.</param>
/// <param name="Line">Where it begins.</param>
/// <param name="Language">The language of its block; for a command within the text <c>sh</c>.</param>
/// <param name="Text">As it is shown.</param>
internal sealed record ShownCommand(string Document, int Line, string Language, string Text)
{
    /// <summary>What the document shows below it as its output; null when it shows none.</summary>
    public string? Output { get; init; }

    public override string ToString() => $"{Document}:{Line}: {Text}";
}
