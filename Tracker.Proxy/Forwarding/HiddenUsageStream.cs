using System.Buffers;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.OpenAI;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// The client's side of a chat stream that was asked for its usage on the client's behalf: passes whole events, without what the question has added to them.
/// Does nothing until it is told that the answer is such a stream.
/// </summary>
internal sealed class HiddenUsageStream(Stream client) : PassThroughStream(client)
{
    /// <summary>Bytes of one event that are held until its end. The rest of a longer one is passed as it comes, with its <c>"usage":null</c>.</summary>
    public const int LongestEvent = 4 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _event = new();
    private readonly ArrayBufferWriter<byte> _output = new();
    private BodyFormat _told;
    private bool _isSettled = true;
    private bool _isHiding;
    private bool _isPassing;
    private bool _lineIsEmpty = true;
    private bool _afterCarriageReturn;
    private bool _lineFeedIsPassed;

    /// <summary>The answer has begun. What it is, its body tells; but its length goes out first, and only a stream that says that it is one is expected to have one.</summary>
    /// <returns>Whether the answer may get shorter.</returns>
    public bool Begin(HttpResponseMessage response)
    {
        var content = response.Content.Headers;
        _told = BodyFormats.FromContentType(content.NonValidated.TryGetValues("Content-Type", out var type) ? type.ToString() : null);
        var mayHide = response.IsSuccessStatusCode && content.ContentEncoding.Count == 0 && (_told == BodyFormat.EventStream || content.ContentLength is null);
        _isSettled = !mayHide;
        return mayHide;
    }

    public override void Write(ReadOnlySpan<byte> buffer) => Inner.Write(IsHidingIn(buffer) ? Take(buffer).Span : buffer);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var passed = IsHidingIn(buffer.Span) ? Take(buffer.Span) : buffer;
        if (!passed.IsEmpty)
        {
            await Inner.WriteAsync(passed, cancellationToken);
        }
    }

    /// <summary>The answer has ended well: passes what its last event lacks an end of.</summary>
    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        if (_event.WrittenCount > 0)
        {
            await Inner.WriteAsync(_event.WrittenMemory, cancellationToken);
        }
    }

    private bool IsHidingIn(ReadOnlySpan<byte> piece)
    {
        if (!_isSettled && BodyFormats.TrimStart(piece) is { IsEmpty: false } begun)
        {
            (_isHiding, _isSettled) = (BodyFormats.Settle(_told, begun[0]) == BodyFormat.EventStream, true);
        }

        return _isHiding;
    }

    private ReadOnlyMemory<byte> Take(ReadOnlySpan<byte> bytes)
    {
        _output.ResetWrittenCount();
        while (!bytes.IsEmpty)
        {
            if (_afterCarriageReturn)
            {
                _afterCarriageReturn = false;
                if (bytes[0] == (byte)'\n')
                {
                    AddLineFeed(bytes[..1]);
                    bytes = bytes[1..];
                    continue;
                }
            }

            var end = bytes.IndexOfAny((byte)'\n', (byte)'\r') + 1;
            Hold(end == 0 ? bytes : bytes[..end]);
            if (end == 0)
            {
                _lineIsEmpty = false;
                break;
            }

            _afterCarriageReturn = bytes[end - 1] == (byte)'\r';
            if (_lineIsEmpty && end == 1)
            {
                EndEvent();
            }

            _lineIsEmpty = true;
            bytes = bytes[end..];
        }

        return _output.WrittenMemory;
    }

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        if (!_isPassing && _event.WrittenCount + bytes.Length > LongestEvent)
        {
            _isPassing = true;
            _output.Write(_event.WrittenSpan);
            _event.ResetWrittenCount();
        }

        (_isPassing ? _output : _event).Write(bytes);
    }

    // The second half of a line's end: it shares the fate of the event that the first half has ended, if it has.
    private void AddLineFeed(ReadOnlySpan<byte> lineFeed)
    {
        if (_event.WrittenCount > 0 || _isPassing)
        {
            Hold(lineFeed);
        }
        else if (_lineFeedIsPassed)
        {
            _output.Write(lineFeed);
        }
    }

    private void EndEvent()
    {
        var whole = _event.WrittenSpan;
        var hidden = AddedPartOf(whole);
        _output.Write(whole[..hidden.Start.Value]);
        _output.Write(whole[hidden.End.Value..]);
        _lineFeedIsPassed = _isPassing || hidden.End.Value - hidden.Start.Value < whole.Length;
        _isPassing = false;
        _event.ResetWrittenCount();
    }

    private static Range AddedPartOf(ReadOnlySpan<byte> whole)
    {
        Range data = default;
        var lines = 0;
        for (var at = 0; at < whole.Length;)
        {
            var length = whole[at..].IndexOfAny((byte)'\n', (byte)'\r');
            if (whole[at..].StartsWith("data:"u8))
            {
                data = (at + "data:".Length)..(at + length);
                lines++;
            }

            at += length + 1;
        }

        if (lines != 1)
        {
            return default; // A document over several lines: no API sends that.
        }

        var hidden = ChatChunk.AddedPartOf(whole[data]);
        var (start, count) = hidden.GetOffsetAndLength(data.End.Value - data.Start.Value);
        return count == 0 ? default
            : count == data.End.Value - data.Start.Value ? ..whole.Length
            : (data.Start.Value + start)..(data.Start.Value + start + count);
    }
}
