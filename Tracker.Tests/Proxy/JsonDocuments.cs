using CsCheck;

namespace Tracker.Tests.Proxy;

/// <summary>JSON texts of every shape.</summary>
internal static class JsonDocuments
{
    private static readonly Gen<string> Space = Gen.OneOf("", "", "", " ", "\n", "\r\n\t  ");

    private static readonly Gen<string> StringContent = Gen.Frequency(
        (10, Gen.OneOf(
            Gen.String[Gen.Char['#', '['], 0, 20],
            Gen.OneOf("\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "é", "漢字", "😀", "{", "}", "[", "]", ",", ":", "\u007f", "\\\\\\\"", "true", "1")).Array[0, 6].Select(string.Concat)),
        // Around the bound of what is kept of a value, and far over it.
        (1, Gen.Int[1015, 1030].Select(length => new string('x', length))),
        (1, Gen.Int[0, 5000].Select(length => new string('y', length) + "\\\"z")));

    private static readonly Gen<string> Number = Gen.OneOf(
        Gen.Long.Select(number => number.ToString()),
        Gen.Int[0, 100_000].Select(number => number.ToString()),
        Gen.OneOf("0", "-0", "0.5", "-1.25e+10", "1E5", "10000000000", "10000000001", "9223372036854775808", "123456789012345678901234567890"));

    private static readonly Gen<string> Scalar = Gen.OneOf(StringContent.Select(Quote), Number, Gen.OneOf("true", "false", "null"));

    private static readonly Gen<string> Key = Gen.Frequency(
        (5, Gen.OneOf("a", "type", "usage", "input_tokens", "é", "with space", "\\\"", "with\\nescape", "with.dot", "[]", "?")),
        (1, Gen.String[Gen.Char['a', 'z'], 1, 30]));

    /// <summary>Documents that are nested up to 14 levels deep.</summary>
    public static Gen<string> Any { get; } = Gen.Select(Space, Outermost(Value(4)), Space, string.Concat);

    private static string Quote(string content) => $"\"{content}\"";

    private static Gen<string> Value(int depth)
    {
        if (depth == 0)
        {
            return Scalar;
        }

        var inner = Value(depth - 1);
        return Gen.Frequency((2, Scalar), (2, Object(inner)), (2, Array(inner)));
    }

    private static Gen<string> Object(Gen<string> value) =>
        Gen.Select(Space, Key.Select(Quote), Space, Space, value, Space, (before, key, afterKey, afterColon, text, after) => $"{before}{key}{afterKey}:{afterColon}{text}{after}")
            .Array[0, 5].Select(members => $"{{{string.Join(',', members)}}}");

    private static Gen<string> Array(Gen<string> value) =>
        Gen.Select(Space, value, Space, string.Concat).Array[0, 5].Select(items => $"[{string.Join(',', items)}]");

    // A number that is all of a document ends only with what follows it, so the outermost value is an object or an array.
    private static Gen<string> Outermost(Gen<string> value) => Gen.Select(Gen.OneOf(Object(value), Array(value)), Gen.Bool.Array[0, 9], (document, wraps) =>
        wraps.Aggregate(document, (text, isObject) => isObject ? $$"""{"in":{{text}},"next":1}""" : $"[{text},2]"));
}
