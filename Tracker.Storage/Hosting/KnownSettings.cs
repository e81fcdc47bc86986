using Tracker.Storage.Connections;

namespace Tracker.Storage.Hosting;

/// <summary>Every setting that the programs read. Both read one file, so both know all of them; a key that is not here is a typing error.</summary>
public static class KnownSettings
{
    private const string Time = "time";
    private const string Number = "number";
    private const string Certificate = "Kestrel:Certificates:Default:";

    /// <summary>In the order in which people meet them.</summary>
    public static IReadOnlyList<KnownSetting> All { get; } =
    [
        new("Urls", "http://127.0.0.1:8082", "where the proxy listens") { Values = "addresses, with `;` between them" },
        new("Storage:DatabasePath", null, "the shared file; logs, the journal and back-ups lie beside it. A relative path begins in the data directory")
        {
            DefaultText = "`tracker.db` in the data directory: `~/.local/share/tracker`, `%LOCALAPPDATA%\\Tracker`, `~/Library/Application Support/Tracker`",
            Values = "path",
        },
        new("Storage:BusyTimeout", "00:00:03", "how long one program waits for the other's lock") { Values = "time, whole seconds", Least = "00:00:01", Most = "00:10:00" },
        new("Proxy:Providers:<name>:BaseAddress", null, "upstream of `/<name>/…`") { DefaultText = "built in for the known ones", Values = "address", IsAddress = true },
        new("Proxy:Providers:<name>:Dialect", null, "the API that it speaks; with `none` its calls are forwarded and not recorded")
        {
            DefaultText = "built in for the known ones, else `none`",
            Values = "`anthropic`, `openai`, `gemini`, `ollama`, `none`",
        },
        new("Proxy:Providers:<name>:DrainAfterDisconnect", "false", "read an answer to its end (a minute, 16 MB, four at once) when its client has hung up, to learn the final usage; **can cost money**, because the model is not stopped"),
        new("Proxy:Providers:<name>:AskForUsage", "false", "let chat streams tell their usage although the client does not ask; **the one setting that changes a request** ([ADR 10](adr/0010-asking-for-usage.md))"),
        new("Proxy:AllowedHosts", null, "names, besides localhost and addresses, under which a browser may open Tracker's own pages, and under which upstreams on this machine may be asked without the access token") { Values = "names", IsList = true },
        new("Proxy:AccessToken", null, "what other machines must present; without one the proxy listens to this machine alone ([operations.md](operations.md#beyond-loopback))")
        {
            Values = "20 to 200 letters, digits or `-._~`",
            IsSecret = true,
        },
        new("Proxy:IdleTimeout", "00:30:00", "silence from the upstream after which a call is given up; there is no limit to how long an answer takes") { Values = Time, Least = "00:00:01", Most = "1.00:00:00" },
        new("Proxy:ShutdownGrace", "00:00:10", "time for open answers to end when the proxy stops") { Values = Time, Least = "00:00:00", Most = "01:00:00" },
        new("Recording:QueueCapacity", "10000", "records held in memory (about 1 KB each) while the database cannot be written; more wait in the journal") { Values = Number, Least = "1", Most = "1000000" },
        new("Recording:JournalBytes", "268435456", "the most the hand-over journal takes on disk (256 MB are about 300 000 calls); what does not fit is dropped and counted. 0: no journal")
        {
            Values = "0, or a number",
            Least = "8388608",
            Most = "1099511627776",
        },
        new("Recording:DrainTimeout", "00:00:02", "time to empty the queue when the proxy stops; the rest stays in the journal") { Values = Time, Least = "00:00:00", Most = "00:10:00" },
        new("Importer:Interval", "00:05:00", "time between full passes with `--watch`") { Values = Time, Least = "00:00:01", Most = "1.00:00:00" },
        new("Importer:Home", null, "where clients' folders are looked for; their own variables (`CLAUDE_CONFIG_DIR` …) count while it is your own") { DefaultText = "your home", Values = "path" },
        new("Importer:Roots:<client>", null, "further folders with that client's logs ([importer.md](importer.md#other-folders))") { Values = "paths", IsList = true },
        new("Privacy:StorePromptPreview", "false", "keep the first 200 characters of the last user message"),
        new("Retention:Days", null, "prune single calls that are older, and keep their sums ([care.md](care.md)); empty: never") { Values = Number, Least = "1", Most = "36500" },
        new(Certificate + "Path", null, "the certificate for `https` in `Urls`: a `.pem` or `.pfx` file") { Values = "path" },
        new(Certificate + "KeyPath", null, "the key of a `.pem`") { Values = "path" },
        new(Certificate + "Password", null, "of the key, or of the `.pfx`") { IsSecret = true },
        new(Certificate + "Subject", null, "instead of a file: the name of a certificate in the machine's store"),
        new(Certificate + "Store", null, "which store, such as `My`"),
        new(Certificate + "Location", null, "whose store") { DefaultText = "`CurrentUser`", Values = "`CurrentUser`, `LocalMachine`" },
        new(Certificate + "AllowInvalid", null, "take one that is not valid, too") { DefaultText = "`false`", Values = "`true`, `false`" },
        new("Logging:Level", "Information", "the least important events that are logged ([logs.md](logs.md) lists them)") { Values = "`Verbose`, `Debug`, `Information`, `Warning`, `Error`, `Fatal`" },
    ];

    /// <summary>The keys as help shows them.</summary>
    public static IEnumerable<string> Names => All.Select(setting => setting.Key);

    public static bool IsKnown(string key) => All.Any(setting => setting.Has(key));

    /// <summary>What holds on this machine when a setting is not set; null for nothing.</summary>
    public static string? DefaultOf(KnownSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return setting.Key switch
        {
            "Storage:DatabasePath" => TrackerPaths.DatabasePath(new StorageOptions()),
            "Importer:Home" => TrackerPaths.Home(),
            _ => setting.Default,
        };
    }
}
