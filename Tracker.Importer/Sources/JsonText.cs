using System.Text;
using System.Text.Json;

namespace Tracker.Importer.Sources;

/// <summary>Strings of logs that hold what is no valid text: half of a surrogate pair, or bytes that are not UTF-8. They are kept as they are written.</summary>
internal static class JsonText
{
    /// <param name="reader">At a string.</param>
    public static string Of(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    /// <param name="written">A string as <see cref="JsonWalk"/> gives it, with escapes.</param>
    public static string Unescape(ReadOnlySpan<byte> written)
    {
        byte[] quoted = [(byte)'"', .. written, (byte)'"'];
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        return Of(ref reader);
    }
}
