namespace Tracker.Tests.Documentation;

/// <summary>Lines between two fences.</summary>
/// <param name="Document">The file, below the repository.</param>
/// <param name="Line">The number of its first line.</param>
/// <param name="Language">What the fence says of it: <c>sh</c>, <c>json</c> …</param>
/// <param name="Lines">Without the indent of the fence.</param>
internal sealed record CodeBlock(string Document, int Line, string Language, IReadOnlyList<string> Lines)
{
    public override string ToString() => $"{Document}:{Line}";
}
