using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Tracker.Proxy.Forwarding;

/// <summary>Follows an answer over HTTP/1.1 to its status, past what comes before it (100 Continue), in whatever pieces it comes.</summary>
internal struct AnswerStatus
{
    private const int BeginningOfLine = 12; // HTTP/1.1 413

    private Line _line;
    private int _lineLength;
    private HeadEnd _headEnd;
    private bool _isInHead;

    /// <summary>Of the last status line that has come to its end; 0 before that, and for one that is none.</summary>
    public int Value { get; private set; }

    /// <summary>The answer itself is still to come.</summary>
    public readonly bool IsInterim => Value is >= StatusCodes.Status100Continue and < StatusCodes.Status200OK and not StatusCodes.Status101SwitchingProtocols;

    /// <returns>Where in the bytes a status line ends, the last if there are several; 0 if none does.</returns>
    public int Read(ReadOnlySpan<byte> bytes)
    {
        var end = 0;
        for (var at = 0; at < bytes.Length && (end == 0 || IsInterim);)
        {
            if (_isInHead)
            {
                at += _headEnd.Read(bytes[at..]);
                _isInHead = !_headEnd.IsReached;
                continue;
            }

            var length = bytes[at..].IndexOf((byte)'\n') + 1;
            Keep(length == 0 ? bytes[at..] : bytes.Slice(at, length));
            if (length == 0)
            {
                break;
            }

            end = at += length;
            (Value, _lineLength, _headEnd, _isInHead) = (StatusOf(_line, _lineLength), 0, default, true);
        }

        return end;
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        piece = piece[..Math.Min(piece.Length, BeginningOfLine - _lineLength)];
        piece.CopyTo(((Span<byte>)_line)[_lineLength..]);
        _lineLength += piece.Length;
    }

    private static int StatusOf(ReadOnlySpan<byte> line, int length) =>
        length == BeginningOfLine && line.StartsWith("HTTP/1."u8) && Utf8Parser.TryParse(line[9..BeginningOfLine], out int status, out var digits) && digits == 3 ? status : 0;

    [InlineArray(BeginningOfLine)]
    private struct Line
    {
        private byte _first;
    }
}
