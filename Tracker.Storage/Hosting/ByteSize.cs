using System.Globalization;

namespace Tracker.Storage.Hosting;

/// <summary>A number of bytes as people read it.</summary>
public static class ByteSize
{
    public static string Of(long bytes) => bytes < 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
