namespace Tracker.Proxy.Capture;

/// <summary>
/// Splits a server-sent event stream in pieces of any size: shows each event's data as it comes, then that the event has ended. Lines of any
/// length are passed on without being held. Line ends may be LF, CRLF or CR (html.spec.whatwg.org, "Interpreting an event stream").
/// </summary>
internal sealed class SseScanner(ISseVisitor visitor)
{
    private static ReadOnlySpan<byte> Data => "data:"u8;

    private int _fieldMatched;
    private bool _afterCarriageReturn;
    private bool _lineIsEmpty = true;
    private LineKind _line = LineKind.Field;

    private enum LineKind
    {
        /// <summary>The field's name is being compared with <c>data:</c>.</summary>
        Field,
        Data,

        /// <summary>A comment or a field that carries no data.</summary>
        Other,
    }

    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_afterCarriageReturn)
            {
                _afterCarriageReturn = false;
                if (bytes[0] == (byte)'\n')
                {
                    bytes = bytes[1..];
                    continue;
                }
            }

            var end = bytes.IndexOfAny((byte)'\n', (byte)'\r');
            ReadLine(end < 0 ? bytes : bytes[..end]);
            if (end < 0)
            {
                return;
            }

            _afterCarriageReturn = bytes[end] == (byte)'\r';
            bytes = bytes[(end + 1)..];
            EndLine();
        }
    }

    private void ReadLine(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty)
        {
            return;
        }

        _lineIsEmpty = false;
        if (_line == LineKind.Field)
        {
            var compared = Math.Min(piece.Length, Data.Length - _fieldMatched);
            if (!piece[..compared].SequenceEqual(Data.Slice(_fieldMatched, compared)))
            {
                _line = LineKind.Other;
                return;
            }

            _fieldMatched += compared;
            piece = piece[compared..];
            if (_fieldMatched == Data.Length)
            {
                _line = LineKind.Data;
            }
        }

        if (_line == LineKind.Data && !piece.IsEmpty)
        {
            visitor.OnData(piece); // The optional space after the colon is white space to JSON.
        }
    }

    private void EndLine()
    {
        if (_lineIsEmpty)
        {
            visitor.OnEventEnd();
        }

        _line = LineKind.Field;
        _fieldMatched = 0;
        _lineIsEmpty = true;
    }
}
