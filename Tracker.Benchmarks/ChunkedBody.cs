namespace Tracker.Benchmarks;

/// <summary>Counts the bytes of a chunked body as its pieces come.</summary>
internal sealed class ChunkedBody
{
    private long _left;
    private long _size;
    private State _state = State.Size;

    private enum State
    {
        Size,
        Data,
        LineAfterData,
        Trailer,
        Ended,
    }

    public long Bytes { get; private set; }

    public bool Ended => _state == State.Ended;

    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !Ended)
        {
            if (_state == State.Data)
            {
                var count = (int)Math.Min(_left, bytes.Length);
                Bytes += count;
                _left -= count;
                bytes = bytes[count..];
                _state = _left == 0 ? State.LineAfterData : State.Data;
                continue;
            }

            ReadFraming(bytes[0]);
            bytes = bytes[1..];
        }
    }

    private void ReadFraming(byte value)
    {
        switch (_state, value)
        {
            case (_, (byte)'\r'):
                break;
            case (State.Size, (byte)'\n'):
                (_state, _left, _size) = (_size == 0 ? State.Trailer : State.Data, _size, 0);
                break;
            case (State.Size, _):
                _size = (_size * 16) + Convert.ToInt32(char.ToString((char)value), 16);
                break;
            case (State.LineAfterData, _):
                _state = State.Size;
                break;
            case (State.Trailer, _):
                _state = State.Ended;
                break;
        }
    }
}
