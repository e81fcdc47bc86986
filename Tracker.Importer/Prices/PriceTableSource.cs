namespace Tracker.Importer.Prices;

/// <summary>Brings a public price table from a file or, when somebody asks for just that, from the network.</summary>
internal static class PriceTableSource
{
    /// <summary>The largest table known has 2 MB.</summary>
    public const long MostBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <exception cref="IOException">It cannot be read; the message says why.</exception>
    public static async Task<byte[]> ReadAsync(string place, CancellationToken cancellationToken)
    {
        if (Uri.TryCreate(place, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp))
        {
            return await DownloadAsync(address, cancellationToken);
        }

        try
        {
            return new FileInfo(place).Length <= MostBytes ? await File.ReadAllBytesAsync(place, cancellationToken) : throw new IOException($"it is larger than {MostBytes} bytes");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new IOException($"{place} cannot be read: {exception.Message}", exception);
        }
    }

    private static async Task<byte[]> DownloadAsync(Uri address, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = Longest, MaxResponseContentBufferSize = MostBytes };
        try
        {
            return await client.GetByteArrayAsync(address, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{address} cannot be read: {exception.Message}", exception);
        }
    }
}
