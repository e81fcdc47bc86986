using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Tracker.Proxy.Access;

/// <summary><c>Proxy:AccessToken</c>, which other machines must present. It is compared in constant time and never shown.</summary>
internal sealed partial class AccessToken(string value)
{
    /// <summary>What a token may look like; it must fit into a header and into a path.</summary>
    public const string Rule = "20 to 200 letters, digits or any of -._~ ('openssl rand -hex 32' makes one)";

    private readonly byte[] _hash = Hash(value);

    /// <summary>What a browser keeps instead of the token: it opens the pages, and tells nobody the token.</summary>
    public string Cookie { get; } = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(value), "Tracker's own pages"u8));

    public static bool IsWellFormed(string value) => WellFormed().IsMatch(value);

    public bool Matches(string? candidate) => candidate is not null && CryptographicOperations.FixedTimeEquals(Hash(candidate), _hash);

    public bool MatchesCookie(string? candidate) => candidate is not null && CryptographicOperations.FixedTimeEquals(Hash(candidate), Hash(Cookie));

    // Hashes have one length, whatever is compared.
    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    [GeneratedRegex(@"^[A-Za-z0-9._~-]{20,200}\z")]
    private static partial Regex WellFormed();
}
