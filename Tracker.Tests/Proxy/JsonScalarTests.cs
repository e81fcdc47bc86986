using System.Runtime.ExceptionServices;
using System.Text;
using Tracker.Proxy.Capture;

namespace Tracker.Tests.Proxy;

public sealed class JsonScalarTests
{
    private const int LongestEscape = 12; // \ud83d\ude00

    [TestCase("0", 0)]
    [TestCase("1001", 1001)]
    [TestCase("10000000000", 10_000_000_000)]
    [TestCase("10000000001", null)]
    [TestCase("-1", null)]
    [TestCase("50.0", 50)]
    [TestCase("1e3", 1000)]
    [TestCase("10000000001.0", null)]
    [TestCase("-1.0", null)]
    [TestCase("1.5", null)]
    [TestCase("1.0x", null)]
    [TestCase("99999999999999999999", null)]
    [TestCase("12x", null)]
    [TestCase("null", null)]
    [TestCase("true", null)]
    public void Whole_numbers_that_can_be_counts_are_counts(string bytes, long? count) =>
        Assert.That(new JsonScalar(Encoding.UTF8.GetBytes(bytes), isString: false, isCut: false).Count, Is.EqualTo(count));

    [Test]
    public void Strings_and_cut_numbers_are_no_counts()
    {
        Assert.That(new JsonScalar("12"u8, isString: true, isCut: false).Count, Is.Null);
        Assert.That(new JsonScalar("12"u8, isString: false, isCut: true).Count, Is.Null);
    }

    [TestCase("plain", "plain")]
    [TestCase("", null)] // Nothing is called that: not told.
    [TestCase("é 漢字 😀", "é 漢字 😀")]
    [TestCase("\\u00e9\\n\\\"\\\\\\/", "é\n\"\\/")]
    [TestCase("\\ud83d\\ude00", "😀")]
    [TestCase("\\ud83d", null)]
    [TestCase("\\q", null)]
    [TestCase("\\", null)]
    [TestCase("\\u12", null)]
    public void Text_is_unescaped_or_unknown(string bytes, string? text)
    {
        Assert.That(String(bytes).Text, Is.EqualTo(text));
        Assert.That(String(bytes).Word, Is.EqualTo(text));
    }

    [Test]
    public void Words_of_many_calls_are_one_string_and_never_another_one()
    {
        var first = String("claude-opus-4-8").Word;
        Assert.That(String("claude-opus-4-8").Word, Is.SameAs(first));

        Parallel.For(0, 100_000, number => Assert.That(String($"word-{number % 2000}").Word, Is.EqualTo($"word-{number % 2000}")));
        Assert.That(String(new string('x', 500)).Word, Is.EqualTo(new string('x', 500)));
    }

    [Test]
    public void Text_of_what_is_not_a_whole_string_is_unknown()
    {
        Assert.That(new JsonScalar("12"u8, isString: false, isCut: false).Text, Is.Null);
        Assert.That(String("beginning", isCut: true).Text, Is.Null);
        Assert.That(new JsonScalar([0xC3, 0x28], isString: true, isCut: false).Text, Is.Null, "not UTF-8");
    }

    [TestCase("Hello.", 200, "Hello.")]
    [TestCase("Hello.", 3, "Hel")]
    [TestCase("\\u00e9\\u00e9\\u00e9", 2, "éé")]
    [TestCase("a😀", 2, "a")]
    [TestCase("a😀", 3, "a😀")]
    [TestCase("a\\ud83d\\ude00b", 2, "a")]
    [TestCase("a\\ud83db", 200, "a\ufffdb")]
    [TestCase("a\\ud83d", 200, "a\ufffd")]
    [TestCase("\\ude00\\ud83da", 200, "\ufffd\ufffda")]
    [TestCase("\\ud83d\\ud83d\\ude00", 200, "\ufffd😀")]
    public void Beginning_never_ends_within_a_character(string bytes, int characters, string beginning) => Assert.That(String(bytes).Beginning(characters), Is.EqualTo(beginning));

    [TestCase("a\\ud83d\\ude00é")]
    [TestCase("😀\\n\\\"é")]
    public void Beginning_of_a_string_that_was_cut_anywhere_is_what_was_whole(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var whole = String(text).Text!;
        for (var length = 0; length <= bytes.Length; length++)
        {
            Assert.That(whole, Does.StartWith(new JsonScalar(bytes.AsSpan(0, length), isString: true, isCut: true).Beginning(200)!), length.ToString());
        }
    }

    [TestCase("\\q")]
    [TestCase("a\\u12")]
    [TestCase("\\u12g4")]
    [TestCase("a\\")]
    public void Beginning_of_what_is_no_JSON_is_unknown(string bytes) => Assert.That(String(bytes).Beginning(200), Is.Null);

    // An exception takes some microseconds, and there were up to a thousand for each text, before it went on.
    [TestCase("\\ud83d")]
    [TestCase("😀")]
    [TestCase("\\u00e9")]
    [TestCase("\\n")]
    public void Beginning_of_a_long_string_throws_nothing_inside(string character)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(character, JsonScanner.LongestValue)));
        var thrown = 0;
        var thread = Environment.CurrentManagedThreadId;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        var beginnings = new string?[LongestEscape];
        for (var cut = 0; cut < LongestEscape; cut++)
        {
            beginnings[cut] = new JsonScalar(bytes.AsSpan(0, JsonScanner.LongestValue - cut), isString: true, isCut: true).Beginning(10);
        }

        AppDomain.CurrentDomain.FirstChanceException -= Count;
        Assert.That((thrown, beginnings.Select(beginning => beginning?.Length)), Is.EqualTo((0, Enumerable.Repeat(10, LongestEscape))));

        void Count(object? sender, FirstChanceExceptionEventArgs arguments) => thrown += Environment.CurrentManagedThreadId == thread ? 1 : 0;
    }

    private static JsonScalar String(string bytes, bool isCut = false) => new(Encoding.UTF8.GetBytes(bytes), isString: true, isCut);
}
