namespace Tracker.Importer.Sources;

/// <summary>A kind of file that a client writes: an <see cref="ILineFormat"/>, an <see cref="IDocumentFormat"/> or an <see cref="IDatabaseFormat"/>. Used by several threads at once.</summary>
internal interface ILogFormat
{
    /// <summary>Whether a file is of this format. Asked for every file below a root in every pass, so it looks at the name alone.</summary>
    /// <param name="relativePath">Below the root, with <c>/</c> on every system; the file's name when the root is a file.</param>
    bool Claims(ReadOnlySpan<char> relativePath);
}
