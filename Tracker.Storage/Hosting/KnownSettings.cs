namespace Tracker.Storage.Hosting;

/// <summary>Every setting that the programs read. Both read one file, so both know all of them; a key that is not here is a typing error.</summary>
public static class KnownSettings
{
    // '*' stands for one segment.
    private static readonly string[][] Keys = [.. new[]
    {
        "Urls",
        "Storage:DatabasePath",
        "Storage:BusyTimeout",
        "Proxy:Providers:*:BaseAddress",
        "Proxy:Providers:*:Dialect",
        "Proxy:Providers:*:DrainAfterDisconnect",
        "Proxy:Providers:*:AskForUsage",
        "Proxy:AllowedHosts:*",
        "Proxy:AccessToken",
        "Proxy:IdleTimeout",
        "Proxy:ShutdownGrace",
        "Recording:QueueCapacity",
        "Recording:JournalBytes",
        "Recording:DrainTimeout",
        "Importer:Interval",
        "Importer:Home",
        "Importer:Roots:*",
        "Importer:Roots:*:*",
        "Privacy:StorePromptPreview",
        "Retention:Days",
        "Logging:Level",
        "Kestrel:Certificates:Default:Path",
        "Kestrel:Certificates:Default:KeyPath",
        "Kestrel:Certificates:Default:Password",
        "Kestrel:Certificates:Default:Subject",
        "Kestrel:Certificates:Default:Store",
        "Kestrel:Certificates:Default:Location",
        "Kestrel:Certificates:Default:AllowInvalid",
    }.Select(key => key.Split(':'))];

    public static bool IsKnown(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var segments = key.Split(':');
        return Array.Exists(Keys, known => known.Length == segments.Length
            && known.Zip(segments).All(pair => pair.First == "*" ? pair.Second.Length > 0 : pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>The known keys as help shows them.</summary>
    public static IEnumerable<string> Names => Keys.Where(key => key is not [.., "*", "*"]).Select(key => string.Join(':', key).Replace("*", "<name>", StringComparison.Ordinal));
}
