using System.Buffers.Binary;

namespace Tracker.Proxy.Capture;

/// <summary>
/// Reads one direction of a WebSocket connection in pieces of any size and shows the text messages in it (RFC 6455, 5; with permessage-deflate, RFC 7692).
/// Messages and frames of any length are passed on without being held; control frames and binary messages are passed over. Gives up
/// (<see cref="Failed"/>) on what is not the protocol, and never throws.
/// </summary>
/// <param name="onText">A piece of a text message, valid during the call.</param>
/// <param name="onTextEnd">The message is whole.</param>
internal sealed class WebSocketFrameReader(ContentDecoder.Output onText, Action onTextEnd) : IDisposable
{
    private const int LongestHead = 14;
    private const byte Final = 0x80;
    private const byte Compressed = 0x40;
    private const byte OtherExtensions = 0x30;
    private const byte Masked = 0x80;
    private const byte FirstControl = 8;
    private const byte LastControl = 10;
    private const byte Continuation = 0;
    private const byte Text = 1;
    private const byte Binary = 2;

    // What ends a flushed block and is left out of each compressed message (RFC 7692, 7.2.1).
    private static readonly byte[] EndOfBlock = [0, 0, 0xFF, 0xFF];

    private readonly byte[] _head = new byte[LongestHead];
    private readonly byte[] _unmasked = new byte[4096];
    private InflateDecoder? _inflater;
    private int _headLength;
    private ulong _payloadLeft;
    private bool _isInPayload;
    private uint _maskPosition;
    private byte _message; // Text or Binary while a message has begun and not ended, else 0.
    private bool _messageIsCompressed;

    /// <summary>The bytes are not WebSocket frames, or compressed in a way that cannot be followed; the rest is not read.</summary>
    public bool Failed { get; private set; }

    private byte OpCode => (byte)(_head[0] & 0x0F);

    private bool IsControl => OpCode >= FirstControl;

    private bool IsMasked => (_head[1] & Masked) != 0;

    private int LengthBytes => (_head[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };

    private ReadOnlySpan<byte> Mask => _head.AsSpan(2 + LengthBytes, 4);

    /// <summary>permessage-deflate has been negotiated. The window lasts from message to message, which also reads those of a sender that begins anew with each.</summary>
    public void Inflate() => _inflater = new InflateDecoder(InflateFormat.RawDeflate);

    public void Read(ReadOnlyMemory<byte> bytes)
    {
        while (!Failed && (!bytes.IsEmpty || (_isInPayload && _payloadLeft == 0)))
        {
            bytes = bytes[(_isInPayload ? ReadPayload(bytes) : ReadHead(bytes.Span))..];
        }
    }

    public void Dispose() => _inflater?.Dispose();

    private int ReadHead(ReadOnlySpan<byte> bytes)
    {
        var needed = _headLength < 2 ? 2 : 2 + LengthBytes + (IsMasked ? 4 : 0);
        var taken = Math.Min(bytes.Length, needed - _headLength);
        bytes[..taken].CopyTo(_head.AsSpan(_headLength));
        _headLength += taken;
        if (_headLength == needed && (needed > 2 || (LengthBytes == 0 && !IsMasked)))
        {
            BeginPayload();
        }

        return taken;
    }

    private void BeginPayload()
    {
        _payloadLeft = LengthBytes switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(2)),
            8 => BinaryPrimitives.ReadUInt64BigEndian(_head.AsSpan(2)),
            _ => (ulong)(_head[1] & 0x7F),
        };
        _isInPayload = true;
        _headLength = 0;
        _maskPosition = 0;
        Failed = _payloadLeft > long.MaxValue || (_head[0] & OtherExtensions) != 0 || !(IsControl ? IsControlFrame() : TryContinueMessage());
    }

    private bool IsControlFrame() => OpCode <= LastControl && (_head[0] & Final) != 0 && (_head[0] & Compressed) == 0 && LengthBytes == 0;

    private bool TryContinueMessage()
    {
        var isCompressed = (_head[0] & Compressed) != 0;
        if (OpCode == Continuation)
        {
            return _message != 0 && !isCompressed;
        }

        if (_message != 0 || OpCode > Binary || (isCompressed && _inflater is null))
        {
            return false;
        }

        _message = OpCode;
        _messageIsCompressed = isCompressed;
        _inflater?.BeginMessage();
        return true;
    }

    private int ReadPayload(ReadOnlyMemory<byte> bytes)
    {
        var length = (int)Math.Min((ulong)bytes.Length, _payloadLeft);
        if (!IsControl)
        {
            Unmask(bytes[..length]);
        }

        _payloadLeft -= (ulong)length;
        if (_payloadLeft == 0)
        {
            _isInPayload = false;
            EndFrame();
        }

        return length;
    }

    private void Unmask(ReadOnlyMemory<byte> bytes)
    {
        if (!IsMasked)
        {
            Decompress(bytes);
            return;
        }

        while (!bytes.IsEmpty)
        {
            var length = Math.Min(bytes.Length, _unmasked.Length);
            for (var i = 0; i < length; i++)
            {
                _unmasked[i] = (byte)(bytes.Span[i] ^ Mask[(int)(_maskPosition++ & 3)]);
            }

            Decompress(_unmasked.AsMemory(0, length));
            bytes = bytes[length..];
        }
    }

    // A binary message is not shown, but inflated all the same: the next one may refer to it.
    private void Decompress(ReadOnlyMemory<byte> bytes)
    {
        if (_messageIsCompressed)
        {
            _inflater!.Decode(bytes, Show);
            Failed |= _inflater.Failed;
        }
        else if (_message == Text && !bytes.IsEmpty)
        {
            onText(bytes.Span);
        }
    }

    private void Show(ReadOnlySpan<byte> bytes)
    {
        if (_message == Text)
        {
            onText(bytes);
        }
    }

    private void EndFrame()
    {
        if (IsControl || (_head[0] & Final) == 0)
        {
            return;
        }

        if (_messageIsCompressed)
        {
            Decompress(EndOfBlock);
        }

        if (_message == Text && !Failed)
        {
            onTextEnd();
        }

        _message = 0;
    }
}
