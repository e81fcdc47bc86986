using System.Text.Json;

namespace Tracker.Importer.Sources;

/// <summary>
/// JSON lines that the client appends to: only what is new is read. A claimed file whose name ends with <c>.zst</c> is decompressed, and read from its beginning
/// whenever it has changed.
/// </summary>
internal interface ILineFormat : ILogFormat
{
    /// <summary>A cheap test, before a line is parsed, whether it can tell of usage: nearly all bytes of a log are of lines that cannot.</summary>
    /// <param name="line">Not empty.</param>
    bool Concerns(ReadOnlySpan<byte> line);

    /// <summary>Begins with a file.</summary>
    /// <param name="file">The file; what its path tells may belong to its records.</param>
    /// <param name="state">What <see cref="ILineReader.State"/> was behind the last line that an earlier pass read; null from the beginning.</param>
    /// <param name="drift">Is told of fields that look like token counts and that the reader does not know.</param>
    ILineReader Open(LogFile file, string? state, SchemaDrift drift);
}

/// <summary>Reads the lines of one file in their order. Used by one thread.</summary>
internal interface ILineReader
{
    /// <summary>Reads one line that concerns the format. When it throws, the state is as it was before.</summary>
    /// <exception cref="JsonException">The line is not JSON.</exception>
    /// <exception cref="FormatException">The line lacks what a usage record needs; the message says what, and nothing of the line's text.</exception>
    UsageLine Read(ReadOnlySpan<byte> line);

    /// <summary>What it takes to go on behind the last line that was read, as a small text; null when every line stands for itself. Stored with the cursor.</summary>
    string? State { get; }
}
