using CsCheck;

namespace Tracker.Tests.Support;

/// <summary>Recorded bytes, damaged: bytes changed, removed, repeated and put in, and cut into pieces.</summary>
internal static class Damage
{
    public static Gen<byte[]> Of(byte[] recorded) => Gen.Select(Gen.Int[0, 3], Gen.Int[0, recorded.Length - 1], Gen.Int[1, 64], Gen.Byte).Array[0, 8].Select(changes =>
    {
        var bytes = new List<byte>(recorded);
        foreach (var (kind, at, count, value) in changes)
        {
            var start = Math.Min(at, bytes.Count);
            var length = Math.Min(count, bytes.Count - start);
            switch (kind)
            {
                case 0 when length > 0:
                    bytes[start] = value;
                    break;
                case 1:
                    bytes.RemoveRange(start, length);
                    break;
                case 2:
                    bytes.InsertRange(start, bytes.GetRange(start, length));
                    break;
                default:
                    bytes.InsertRange(start, Enumerable.Repeat(value, count));
                    break;
            }
        }

        return bytes.ToArray();
    });
}
