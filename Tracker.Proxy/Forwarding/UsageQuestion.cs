using Tracker.Proxy.Providers.OpenAI;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// Asks for the usage of a chat stream where its client did not (<see cref="ProviderOptions.AskForUsage"/>): the option is added to the request, and what it
/// adds to the answer is kept from the client (docs/adr/0010-asking-for-usage.md).
/// </summary>
internal static class UsageQuestion
{
    /// <summary>Bytes of a request that are held until its end is known. A longer one is forwarded as it is.</summary>
    public const int LongestBody = 8 * 1024 * 1024;

    private const int FirstBuffer = 256 * 1024;

    /// <summary>Reads the request's body and replaces it by one that asks, if it is that of a stream that does not; else by the same.</summary>
    /// <returns>What the answer must be written through; null if nothing was asked.</returns>
    public static async ValueTask<HiddenUsageStream?> AskAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.ContentLength > LongestBody || request.Headers.ContentEncoding.Count > 0)
        {
            return null;
        }

        // Not a pooled buffer: nobody says when the last reader of a request that was given up has let go of it.
        var held = new byte[Math.Min(request.ContentLength + 1 ?? FirstBuffer, FirstBuffer)];
        var length = 0;
        var isWhole = false;
        try
        {
            while (!isWhole && length <= LongestBody)
            {
                if (length == held.Length)
                {
                    Array.Resize(ref held, length * 2);
                }

                var read = await request.Body.ReadAsync(held.AsMemory(length), context.RequestAborted);
                length += read;
                isWhole = read == 0;
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client is gone or sends nonsense: the forwarder meets the same when it reads on, and knows what to do.
        }

        if (!isWhole || !IncludeUsage.IsMissing(held.AsSpan(0, length), out var position, out var addition))
        {
            request.Body = new ReplayedBody(request.Body, held.AsMemory(0, length));
            return null;
        }

        request.Body = new ReplayedBody(request.Body, held.AsMemory(0, position), addition, held.AsMemory(position..length));
        request.ContentLength += addition.Length; // Stays unknown if it was.
        if (request.Headers.AcceptEncoding.Count > 0)
        {
            request.Headers.AcceptEncoding = "identity"; // Of an encoded answer nothing can be kept back without encoding it anew.
        }

        return new HiddenUsageStream(context.Response.Body);
    }
}
