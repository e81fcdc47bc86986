using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources;

/// <summary>A file that its client writes anew as a whole. It is read whole when its content has changed.</summary>
internal interface IDocumentFormat : ILogFormat
{
    /// <summary>Reads a file.</summary>
    /// <param name="file">The file; what its path tells may belong to its records.</param>
    /// <param name="content">All of it, without a byte order mark.</param>
    /// <param name="drift">Is told of fields that look like token counts and that the format does not know.</param>
    /// <param name="onRecord">Gets each record, also those of an earlier reading: the merge knows them.</param>
    /// <exception cref="JsonException">It is not JSON, perhaps because it is being written. It is read again when it has changed.</exception>
    /// <exception cref="FormatException">It lacks what a usage record needs; the message says what, and nothing of the file's text.</exception>
    void Read(LogFile file, ReadOnlySpan<byte> content, SchemaDrift drift, Action<UsageRecord> onRecord);
}
