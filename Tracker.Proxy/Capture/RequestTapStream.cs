using System.Runtime.CompilerServices;

namespace Tracker.Proxy.Capture;

/// <summary>The client's request body, shown to a capture as it is read.</summary>
/// <param name="client">The body.</param>
/// <param name="capture">Who is shown it.</param>
/// <param name="beforeWaiting">Called before the body's bytes are waited for.</param>
internal sealed class RequestTapStream(Stream client, CallCapture capture, Action? beforeWaiting) : PassThroughStream(client)
{
    public override int Read(Span<byte> buffer)
    {
        beforeWaiting?.Invoke();
        var count = Inner.Read(buffer);
        capture.ObserveRequest(buffer[..count].ToArray());
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = Inner.ReadAsync(buffer, cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            beforeWaiting?.Invoke();
            return ObserveAsync(reading, buffer);
        }

        var count = reading.Result;
        capture.ObserveRequest(buffer[..count]);
        return ValueTask.FromResult(count);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ObserveAsync(ValueTask<int> reading, Memory<byte> buffer)
    {
        var count = await reading;
        capture.ObserveRequest(buffer[..count]);
        return count;
    }
}
