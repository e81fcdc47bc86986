using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Tracker.Tests.Support;

/// <summary>Bytes of WebSocket frames (RFC 6455), also such as no library would send.</summary>
internal static class WebSocketFrames
{
    public const byte Continuation = 0;
    public const byte Text = 1;
    public const byte Binary = 2;
    public const byte Close = 8;
    public const byte Ping = 9;

    public static byte[] Frame(byte opCode, ReadOnlySpan<byte> payload, bool final = true, bool masked = false, bool compressed = false, int? lengthBytes = null)
    {
        var bytes = new List<byte> { (byte)((final ? 0x80 : 0) | (compressed ? 0x40 : 0) | opCode) };
        var mask = masked ? 0x80 : 0;
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
        switch (lengthBytes ?? (payload.Length < 126 ? 0 : payload.Length <= ushort.MaxValue ? 2 : 8))
        {
            case 0:
                bytes.Add((byte)(mask | payload.Length));
                break;
            case 2:
                bytes.Add((byte)(mask | 126));
                bytes.AddRange(length[6..]);
                break;
            default:
                bytes.Add((byte)(mask | 127));
                bytes.AddRange(length);
                break;
        }

        byte[] key = masked ? [0x37, 0xFA, 0x21, 0x3D] : [0, 0, 0, 0];
        bytes.AddRange(masked ? key : []);
        for (var i = 0; i < payload.Length; i++)
        {
            bytes.Add((byte)(payload[i] ^ key[i & 3]));
        }

        return [.. bytes];
    }

    public static byte[] Message(string text, bool masked = false) => Frame(Text, Encoding.UTF8.GetBytes(text), masked: masked);

    /// <summary>In frames of three bytes, with a ping after each.</summary>
    public static byte[] InFragments(string text, bool masked = false)
    {
        var chunks = Encoding.UTF8.GetBytes(text).Chunk(3).ToList();
        return [.. chunks.SelectMany((chunk, i) =>
            Frame(i == 0 ? Text : Continuation, chunk, final: i == chunks.Count - 1, masked).Concat(i == chunks.Count - 1 ? [] : Frame(Ping, "{\"type\":"u8, masked: masked)))];
    }

    /// <summary>Messages compressed one after the other with one window, as permessage-deflate does.</summary>
    internal sealed class Deflating : IDisposable
    {
        private readonly MemoryStream _compressed = new();
        private readonly DeflateStream _deflate;

        public Deflating() => _deflate = new DeflateStream(_compressed, CompressionLevel.Optimal);

        public byte[] Message(string text, bool masked = false, byte opCode = Text)
        {
            _compressed.SetLength(0);
            _deflate.Write(Encoding.UTF8.GetBytes(text));
            _deflate.Flush();
            return Frame(opCode, _compressed.ToArray().AsSpan()[..^4], masked: masked, compressed: true); // The mark of the flush is left out.
        }

        public void Dispose() => _deflate.Dispose();
    }
}
