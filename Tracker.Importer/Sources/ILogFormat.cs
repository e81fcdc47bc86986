namespace Tracker.Importer.Sources;

/// <summary>A kind of file that a client writes: an <see cref="ILineFormat"/>, an <see cref="IDocumentFormat"/> or an <see cref="IDatabaseFormat"/>. Used by several threads at once.</summary>
internal interface ILogFormat
{
    /// <summary>Whether a file is of this format. Asked for every file below a root in every pass, so it looks at the name alone.</summary>
    /// <param name="relativePath">Below the root, with <c>/</c> on every system; the file's name when the root is a file.</param>
    bool Claims(ReadOnlySpan<char> relativePath);

    /// <summary>
    /// Which reader it is. To be raised by one whenever the reader finds more, or better counts, in files that were written before: each of them is read once more from its
    /// beginning, and merged.
    /// </summary>
    int ReaderVersion => 1;
}
