using System.IO.Compression;
using System.Text;
using CsCheck;
using Tracker.Proxy.Capture;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class ContentDecoderTests
{
    private static readonly string[] Encodings = ["gzip", "deflate", "raw deflate", "br", "zstd"];

    [TestCaseSource(nameof(Encodings))]
    public void Body_cut_at_every_byte_offset_decodes_to_the_same_bytes(string encoding)
    {
        var body = Encoding.UTF8.GetBytes(AnthropicAnswers.Stream(1));
        var encoded = Encode(encoding, body);

        Assert.That(Decode(encoding, [encoded]), Is.EqualTo(body));
        Assert.That(Decode(encoding, Pieces.OneByOne(encoded)), Is.EqualTo(body));
        foreach (var pieces in Pieces.InTwo(encoded))
        {
            Assert.That(Decode(encoding, pieces), Is.EqualTo(body), $"cut at {pieces[0].Length}");
        }
    }

    [TestCaseSource(nameof(Encodings))]
    public void Any_body_in_any_pieces_at_any_level_decodes_to_the_same_bytes(string encoding)
    {
        // From nothing to far more than a decoder's buffer, hard and easy to compress.
        var body = Gen.OneOf(Gen.Byte.Array[0, 100], Gen.Byte.Array[0, 100_000], Gen.Select(Gen.Byte, Gen.Int[0, 300_000], (value, length) => Enumerable.Repeat(value, length).ToArray()));
        Gen.Select(body, Pieces.Lengths, Gen.OneOf(CompressionLevel.NoCompression, CompressionLevel.Fastest, CompressionLevel.Optimal))
            .Sample((bytes, lengths, level) => Decode(encoding, Pieces.Of(Encode(encoding, bytes, level), lengths)).AsSpan().SequenceEqual(bytes), iter: 100);
    }

    [TestCaseSource(nameof(Encodings))]
    public void Event_that_the_upstream_has_flushed_is_read_before_the_next_one_is_sent(string encoding)
    {
        using var encoded = new MemoryStream();
        using var encoder = Encoder(encoding, encoded, CompressionLevel.Optimal);
        using var decoder = DecoderOf(encoding);
        foreach (var text in (string[])[AnthropicAnswers.Start(1), AnthropicAnswers.Content, AnthropicAnswers.Delta(1), AnthropicAnswers.Stop])
        {
            var sent = (int)encoded.Length;
            encoder.Write(Encoding.UTF8.GetBytes(text));
            encoder.Flush();

            var found = new List<byte>();
            decoder.Decode(encoded.ToArray().AsMemory(sent), found.AddRange);

            Assert.That(Encoding.UTF8.GetString([.. found]), Is.EqualTo(text));
        }
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("Identity")]
    public void Body_that_is_not_encoded_needs_none(string? encoding)
    {
        Assert.That(ContentDecoder.TryCreate(encoding, out var decoder), Is.True);
        Assert.That(decoder, Is.Null);
    }

    [TestCase("x-gzip")]
    [TestCase(" GZip ")]
    [TestCase("DEFLATE")]
    [TestCase("BR")]
    [TestCase("zstd")]
    public void Encodings_that_are_known_have_a_decoder(string encoding)
    {
        using var decoder = DecoderOf(encoding);

        Assert.That(decoder, Is.Not.Null);
    }

    [TestCase("compress")]
    [TestCase("gzip, br")]
    [TestCase("gzip,gzip")]
    [TestCase("gzip2")]
    public void Encodings_that_are_not_known_have_none(string encoding)
    {
        Assert.That(ContentDecoder.TryCreate(encoding, out var decoder), Is.False);
        Assert.That(decoder, Is.Null);
    }

    [TestCaseSource(nameof(Encodings))]
    public void Damaged_body_never_throws_and_nothing_comes_after_a_failure(string encoding)
    {
        var encoded = Encode(encoding, Encoding.UTF8.GetBytes(AnthropicAnswers.Stream(1)));
        var damaged = Gen.OneOf(
            Gen.Byte.Array[0, 300],
            Gen.Select(Gen.Int[0, encoded.Length - 1], Gen.Byte, (at, wrong) => (byte[])[.. encoded[..at], wrong, .. encoded[(at + 1)..]]),
            Gen.Select(Gen.Int[0, encoded.Length - 1], Gen.Byte.Array[0, 50], (at, wrong) => (byte[])[.. encoded[..at], .. wrong]));
        Gen.Select(damaged, Pieces.Lengths).Sample((bytes, lengths) =>
        {
            using var decoder = DecoderOf(encoding);
            var shownAfterFailure = 0;
            foreach (var piece in Pieces.Of(bytes, lengths))
            {
                var hasFailed = decoder.Failed;
                decoder.Decode(piece, shown => shownAfterFailure += hasFailed ? shown.Length : 0);
            }

            return shownAfterFailure == 0;
        }, iter: 3000);
    }

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("br")]
    [TestCase("zstd")]
    public void Body_that_is_not_what_its_header_says_is_given_up(string encoding)
    {
        using var decoder = DecoderOf(encoding);

        decoder.Decode(Encoding.UTF8.GetBytes(AnthropicAnswers.Message(1)), _ => { });

        Assert.That(decoder.Failed, Is.True);
    }

    [Test]
    public void Body_that_unpacks_to_more_than_the_bound_is_given_up()
    {
        // A flushed piece of zeros can be repeated: what it refers to is always zeros.
        const int pieceBytes = 16 * 1024 * 1024;
        using var encoded = new MemoryStream();
        using var encoder = new DeflateStream(encoded, CompressionLevel.Fastest);
        encoder.Write(new byte[pieceBytes]);
        encoder.Flush();
        var piece = encoded.ToArray();

        using var decoder = DecoderOf("deflate");
        var shown = 0L;
        for (var i = 0L; i <= (ContentDecoder.MostDecodedBytes / pieceBytes) + 3; i++)
        {
            decoder.Decode(piece, bytes => shown += bytes.Length);
        }

        Assert.That((decoder.Failed, shown), Is.EqualTo((true, ContentDecoder.MostDecodedBytes)));
    }

    private static ContentDecoder DecoderOf(string encoding) => ContentDecoder.TryCreate(encoding == "raw deflate" ? "deflate" : encoding, out var decoder) ? decoder! : throw new ArgumentException(encoding);

    private static byte[] Encode(string encoding, byte[] body, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var encoded = new MemoryStream();
        using (var encoder = Encoder(encoding, encoded, level))
        {
            encoder.Write(body);
        }

        return encoded.ToArray();
    }

    private static Stream Encoder(string encoding, Stream target, CompressionLevel level) => encoding switch
    {
        "gzip" => new GZipStream(target, level, leaveOpen: true),
        "deflate" => new ZLibStream(target, level, leaveOpen: true),
        "raw deflate" => new DeflateStream(target, level, leaveOpen: true),
        "br" => new BrotliStream(target, level, leaveOpen: true),
        _ => new ZstdSharp.CompressionStream(target, level == CompressionLevel.Optimal ? 3 : 1, leaveOpen: true),
    };

    private static byte[] Decode(string encoding, IReadOnlyList<byte[]> pieces)
    {
        using var decoder = DecoderOf(encoding);
        var decoded = new List<byte>();
        foreach (var piece in pieces)
        {
            decoder.Decode(piece, decoded.AddRange);
        }

        return decoder.Failed ? [] : [.. decoded];
    }
}
