using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Forwarding;

/// <summary>A request's body of which a beginning has been read: gives that again, then the rest.</summary>
/// <param name="rest">The body, where it has been read to.</param>
/// <param name="beginning">What comes before it, in pieces.</param>
internal sealed class ReplayedBody(Stream rest, params ReadOnlyMemory<byte>[] beginning) : PassThroughStream(rest)
{
    private int _piece;

    public override int Read(Span<byte> buffer) => TryReplay(buffer, out var count) ? count : Inner.Read(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        TryReplay(buffer.Span, out var count) ? ValueTask.FromResult(count) : Inner.ReadAsync(buffer, cancellationToken);

    private bool TryReplay(Span<byte> buffer, out int count)
    {
        while (_piece < beginning.Length && beginning[_piece].IsEmpty)
        {
            _piece++;
        }

        if (_piece == beginning.Length)
        {
            count = 0;
            return false;
        }

        ref var piece = ref beginning[_piece];
        count = Math.Min(buffer.Length, piece.Length);
        piece.Span[..count].CopyTo(buffer);
        piece = piece[count..];
        return true;
    }
}
