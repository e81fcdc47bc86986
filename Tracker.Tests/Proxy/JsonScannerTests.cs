using System.Text;
using System.Text.Json;
using CsCheck;
using Tracker.Proxy.Capture;

namespace Tracker.Tests.Proxy;

public sealed class JsonScannerTests
{
    private const int DeepestShown = 8;

    [Test]
    public void Any_document_in_any_pieces_shows_what_the_frameworks_own_reader_shows() => Gen.Select(JsonDocuments.Any, Pieces.Lengths).Sample((document, lengths) =>
    {
        var bytes = Encoding.UTF8.GetBytes(document);

        var expected = ReadWithFramework(bytes);

        return Scan(bytes).SequenceEqual(expected) && Scan(Pieces.OneByOne(bytes)).SequenceEqual(expected) && Scan(Pieces.Of(bytes, lengths)).SequenceEqual(expected);
    }, iter: 1000);

    [Test]
    public void Document_cut_at_every_byte_offset_shows_the_same()
    {
        var bytes = """
             {"é\"":"a\\\"b\ud83d\ude00😀","model" : "m", "n":[-1.5e+3 ,true,false,null,{ },[ ],[[{"deep":[0]}]]],"x.y":{"[]":1},"usage":{"input_tokens":17}}
            """u8.ToArray();

        var expected = ReadWithFramework(bytes);

        Assert.That(expected, Has.Count.EqualTo(14));
        foreach (var pieces in Pieces.InTwo(bytes))
        {
            Assert.That(Scan(pieces), Is.EqualTo(expected), $"cut at {pieces[0].Length}");
        }
    }

    [Test]
    public void String_far_longer_than_the_bound_is_cut_and_the_rest_read()
    {
        var text = new string('x', 2_000_000);
        var bytes = Encoding.UTF8.GetBytes($$"""{"{{text}}":1,"long":"{{text}}\"","after":"yes"}""");

        var found = Scan(Pieces.Of(bytes, [4096]));

        Assert.That(found.Select(one => one.IsCut), Is.EqualTo(new[] { false, true, false, false }));
        Assert.That(found[1], Is.EqualTo(new Found("long", new string('x', JsonScanner.LongestValue), null, null, IsString: true, IsCut: true)));
        Assert.That((found[2].Path, found[2].Text), Is.EqualTo(("after", "yes")));
    }

    [Test]
    public void Garbage_never_throws() => Gen.Select(Garbage(), Pieces.Lengths).Sample((bytes, lengths) =>
    {
        var visitor = new Visitor();
        var scanner = new JsonScanner(visitor);

        foreach (var piece in Pieces.Of(bytes, lengths))
        {
            scanner.Read(piece);
        }

        return !(scanner.Failed && scanner.Ended);
    }, iter: 20_000);

    [Test]
    public void What_came_before_a_reset_is_forgotten() => Gen.Select(Garbage(), JsonDocuments.Any).Sample((garbage, document) =>
    {
        var bytes = Encoding.UTF8.GetBytes(document);
        var visitor = new Visitor();
        var scanner = new JsonScanner(visitor);

        scanner.Read(garbage);
        scanner.Reset();
        visitor.Found.Clear();
        scanner.Read(bytes);

        return scanner.Ended && visitor.Found.SequenceEqual(ReadWithFramework(bytes));
    }, iter: 1000);

    [TestCase("{\"a\" 1}")]
    [TestCase("{\"a\":1,}")]
    [TestCase("{a:1}")]
    [TestCase("{]")]
    [TestCase("[}")]
    [TestCase("}")]
    [TestCase(",")]
    [TestCase("[1 2]")]
    [TestCase("data")]
    [TestCase("<html>")]
    public void Text_that_is_not_JSON_is_given_up(string text)
    {
        var scanner = new JsonScanner(new Visitor());

        scanner.Read(Encoding.UTF8.GetBytes(text));

        Assert.That((scanner.Failed, scanner.Ended), Is.EqualTo((true, false)));
    }

    [Test]
    public void Document_has_ended_at_its_last_byte_and_not_before()
    {
        var bytes = """{"a":[{"b":"}"}],"c":1}"""u8.ToArray();
        var scanner = new JsonScanner(new Visitor());

        for (var i = 0; i < bytes.Length; i++)
        {
            Assert.That(scanner.Ended, Is.False);
            scanner.Read(bytes.AsSpan(i, 1));
        }

        Assert.That(scanner.Ended, Is.True);
        scanner.Read("}{garbage"u8);
        Assert.That((scanner.Ended, scanner.Failed), Is.EqualTo((true, false)), "what follows is nobody's");
    }

    [Test]
    public void Arrays_may_be_as_deep_as_objects_were_before()
    {
        var objects = string.Concat(Enumerable.Repeat("{\"a\":", 80)) + "1" + new string('}', 80);
        var arrays = new string('[', 80) + "1" + new string(']', 80);

        var found = Scan(Encoding.UTF8.GetBytes($$"""{"one":{{objects}},"other":{{arrays}},"after":"yes"}"""));

        Assert.That(found.Where(one => one.IsString).Select(one => (one.Path, one.Text)), Is.EqualTo(new[] { ("after", "yes") }));
    }

    [TestCase(1000, true)]
    [TestCase(1024, true)]
    [TestCase(1025, false)]
    [TestCase(100_000, false)]
    public void Nesting_is_followed_to_a_bound(int depth, bool isRead)
    {
        var visitor = new Visitor();
        var scanner = new JsonScanner(visitor);

        scanner.Read(Encoding.UTF8.GetBytes(new string('[', depth) + "1" + new string(']', depth)));

        Assert.That((scanner.Ended, scanner.Failed), Is.EqualTo((isRead, !isRead)));
        Assert.That(visitor.Found, Is.Empty, "nothing that deep is asked for");
    }

    private static Gen<byte[]> Garbage() => Gen.OneOf(
        Gen.Byte.Array[0, 300],
        Gen.OneOf("{}[]\",:\\ -1tfnu.e\n"u8.ToArray()).Array[0, 300],
        Gen.Select(JsonDocuments.Any, Gen.Int[0, int.MaxValue], Gen.Byte, (document, at, wrong) =>
        {
            var bytes = Encoding.UTF8.GetBytes(document);
            bytes[at % bytes.Length] = wrong;
            return bytes;
        }));

    private static List<Found> Scan(params IReadOnlyList<byte[]> pieces)
    {
        var visitor = new Visitor();
        var scanner = new JsonScanner(visitor);
        foreach (var piece in pieces)
        {
            scanner.Read(piece);
        }

        return scanner.Ended ? visitor.Found : [];
    }

    /// <summary>The same by System.Text.Json, with the paths built from its tokens.</summary>
    private static List<Found> ReadWithFramework(byte[] document)
    {
        var reader = new Utf8JsonReader(document);
        var found = new List<Found>();
        var containers = new Stack<string>();
        var path = "";
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    var key = Encoding.UTF8.GetString(reader.ValueSpan);
                    var parent = containers.Peek();
                    path = (parent.Length == 0 ? "" : parent + ".") + (key.AsSpan().ContainsAny(".[]") ? "?" : key);
                    continue;
                case JsonTokenType.StartObject:
                    containers.Push(path);
                    continue;
                case JsonTokenType.StartArray:
                    containers.Push(path += "[]");
                    continue;
                case JsonTokenType.EndObject when reader.CurrentDepth < DeepestShown:
                    found.Add(new Found(containers.Peek(), "}", null, null, false, false));
                    break;
            }

            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                containers.Pop();
            }
            else if (reader.CurrentDepth <= DeepestShown)
            {
                found.Add(Scalar(path, ref reader));
            }

            path = containers.TryPeek(out var container) ? container : "";
        }

        return found;
    }

    private static Found Scalar(string path, ref Utf8JsonReader reader)
    {
        var isString = reader.TokenType == JsonTokenType.String;
        var isCut = reader.ValueSpan.Length > JsonScanner.LongestValue;
        var kept = reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, JsonScanner.LongestValue)];
        long? count = reader.TokenType == JsonTokenType.Number && reader.GetDouble() is >= 0 and <= 10_000_000_000 and var number && double.IsInteger(number) ? (long)number : null;
        return new Found(path, Encoding.UTF8.GetString(kept), isString && !isCut && kept.Length > 0 ? reader.GetString() : null, count, isString, isCut);
    }

    private sealed record Found(string Path, string Bytes, string? Text, long? Count, bool IsString, bool IsCut);

    private sealed class Visitor : IJsonVisitor
    {
        public List<Found> Found { get; } = [];

        public void OnValue(ReadOnlySpan<byte> path, JsonScalar value)
        {
            value.Beginning(200);
            Found.Add(new Found(Encoding.UTF8.GetString(path), Encoding.UTF8.GetString(value.Bytes), value.Text, value.Count, value.IsString, value.IsCut));
        }

        public void OnObjectEnd(ReadOnlySpan<byte> path) => Found.Add(new Found(Encoding.UTF8.GetString(path), "}", null, null, false, false));
    }
}
