namespace Tracker.Storage.Hosting;

/// <summary>An address as messages and reports show it. People put keys into addresses, also where none are taken.</summary>
public static class ShownAddress
{
    /// <returns>The address with an … for its user name and password, its query string and its fragment; for what has such parts and is no address, nothing but that.</returns>
    public static string Of(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.AsSpan().ContainsAny('@', '?', '#'))
        {
            return address;
        }

        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Host.Length > 0
            ? $"{uri.Scheme}://{(uri.UserInfo.Length > 0 ? "…@" : "")}{uri.Authority}{uri.AbsolutePath}{(uri.Query.Length > 0 ? "?…" : "")}{(uri.Fragment.Length > 0 ? "#…" : "")}"
            : "…";
    }
}
