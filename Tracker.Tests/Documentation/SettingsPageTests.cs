using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Serilog.Events;
using Tracker.Importer;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Listening;
using Tracker.Proxy.Providers;
using Tracker.Proxy.Recording;
using Tracker.Storage.Care;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.Documentation;

/// <summary>docs/settings.md is made from the table of settings, and the table says what the options do.</summary>
public sealed class SettingsPageTests
{
    private const string Begin = "<!-- The table is made from the options: WRITE_DOCS=1 dotnet test --filter FullyQualifiedName~SettingsPage -->\n\n";

    private static readonly (string Section, object Options)[] AllOptions =
    [
        (StorageOptions.SectionName, new StorageOptions()),
        (ProxyOptions.SectionName, new ProxyOptions()),
        (ProxyOptions.SectionName + ":Providers:<name>", new ProviderOptions()),
        (RecordingOptions.SectionName, new RecordingOptions()),
        (ImporterOptions.SectionName, new ImporterOptions()),
        (PrivacyOptions.SectionName, new PrivacyOptions()),
        (RetentionOptions.SectionName, new RetentionOptions()),
    ];

    // Read without options.
    private static readonly string[] ReadOtherwise = ["Urls", "Importer:Roots:<client>", "Logging:Level"];

    private static IEnumerable<KnownSetting> WithRange => KnownSettings.All.Where(setting => setting.Least is not null || setting.Most is not null);

    [Test]
    public void The_page_has_the_table_of_the_settings()
    {
        var path = Path.Combine(Repository.Root, "docs", "settings.md");
        var page = File.ReadAllText(path);
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf("\n\n", begin, StringComparison.Ordinal) + 1;
        if (Environment.GetEnvironmentVariable("WRITE_DOCS") is not null)
        {
            File.WriteAllText(path, page[..begin] + Table() + page[end..]);
            return;
        }

        Assert.That(page[begin..end], Is.EqualTo(Table()), "Make it anew: WRITE_DOCS=1 dotnet test --filter FullyQualifiedName~SettingsPage");
    }

    [Test]
    public void Every_option_is_a_setting_with_the_default_that_it_has()
    {
        var options = AllOptions.SelectMany(pair => pair.Options.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(property => property.Name != nameof(ProxyOptions.Providers))
            .Select(property => $"{pair.Section}:{property.Name} = {Text(property.GetValue(pair.Options))}"));

        var settings = KnownSettings.All.Where(setting => !ReadOtherwise.Contains(setting.Key) && !setting.Key.StartsWith("Kestrel:", StringComparison.Ordinal)).Select(setting => $"{setting.Key} = {setting.Default}");

        Assert.That(settings, Is.EquivalentTo(options));
        Assert.That(KnownSettings.All.Single(setting => setting.Key == "Urls").Default, Is.EqualTo(ListenAddresses.Default));
    }

    [TestCaseSource(nameof(WithRange))]
    public void Ranges_end_where_the_options_refuse(KnownSetting setting)
    {
        Assert.That(FaultsOf(setting.Key, setting.Least!), Is.Empty);
        Assert.That(FaultsOf(setting.Key, setting.Most!), Is.Empty);
        Assert.That(FaultsOf(setting.Key, Beyond(setting.Least!, -1)), Has.One.Contains(setting.Key));
        Assert.That(FaultsOf(setting.Key, Beyond(setting.Most!, +1)), Has.One.Contains(setting.Key));
    }

    [Test]
    public void Words_to_choose_from_are_those_that_are_read()
    {
        string[] Words(string key) => [.. KnownSettings.All.Single(setting => setting.Key == key).Values.Replace("`", "", StringComparison.Ordinal).Split(", ")];

        Assert.That(Words("Logging:Level"), Is.EqualTo(Enum.GetNames<LogEventLevel>()));
        Assert.That(Words("Proxy:Providers:<name>:Dialect"), Is.EquivalentTo(Enum.GetNames<Dialect>().Select(name => name.ToLowerInvariant())));
    }

    [Test]
    public void Settings_that_the_documents_show_are_known()
    {
        foreach (var block in Document.All.SelectMany(document => document.Blocks).Where(block => block.Language == "json"))
        {
            using var json = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', block.Lines)));
            var configuration = new ConfigurationBuilder().AddJsonStream(json).Build();

            Assert.That(TrackerConfiguration.FindUnknownKeys(configuration), Is.Empty, block.ToString());
        }
    }

    [TestCase("tracker-proxy"), TestCase("tracker-importer"), CancelAfter(60_000)]
    public async Task Command_tells_what_holds_and_who_says_so_but_no_secret(string program, CancellationToken cancellationToken)
    {
        using var home = new TempDirectory();
        var folder = Directory.CreateDirectory(home.File(OperatingSystem.IsWindows() ? "Tracker" : OperatingSystem.IsMacOS() ? "Library/Application Support/Tracker" : ".config/tracker")).FullName;
        var file = Path.Combine(folder, "appsettings.json");
        await File.WriteAllTextAsync(file, """{ "Importer": { "Roots": { "codex": ["/a", "/b"] } }, "Recording": { "QueueCapacity": 5 }, "Proxy": { "AccessToken": "secret-0123456789-0123456789", "Providers": { "mine": { "BaseAddress": "https://me:secret-0123@gw.example:8443/v1?key=secret-0123" }, "own": { "BaseAddress": "http://127.0.0.1:9100" } } }, "Proxi": { "X": "1" } }""", cancellationToken);
        var environment = new Dictionary<string, string> { ["TRACKER_Recording__QueueCapacity"] = "7" };

        await using var json = TrackerProcess.Start(program, home.Path, ["settings", "--json", "--Logging:Level=Debug"], environment);
        await using var text = TrackerProcess.Start(program, home.Path, ["settings"], environment);
        await using var wrong = TrackerProcess.Start(program, home.Path, ["settings", "--Loging:Level=Debug"], environment);
        var exitCodes = (await json.WaitForExitAsync(cancellationToken), await text.WaitForExitAsync(cancellationToken), await wrong.WaitForExitAsync(cancellationToken));

        Assert.That(exitCodes, Is.EqualTo((0, 0, 2)), json.Errors + text.Errors);
        using var document = JsonDocument.Parse(json.Output);
        var settings = document.RootElement.GetProperty("settings").EnumerateArray().ToDictionary(setting => setting.GetProperty("key").GetString()!, setting => $"{setting.GetProperty("value")} {setting.GetProperty("source")}");
        Assert.That(settings["Recording:QueueCapacity"], Is.EqualTo("7 TRACKER_Recording__QueueCapacity"));
        Assert.That(settings["Importer:Roots:codex:1"], Is.EqualTo($"/b {file}"));
        Assert.That(settings["Logging:Level"], Is.EqualTo("Debug command line"));
        Assert.That(settings["Urls"], Is.EqualTo("http://127.0.0.1:8082 default"));
        Assert.That(settings["Importer:Home"], Is.EqualTo($"{home.Path} default"));
        Assert.That(settings["Proxy:AccessToken"], Does.StartWith("(set, not shown)"));
        Assert.That(settings["Proxy:Providers:mine:BaseAddress"], Does.StartWith("https://…@gw.example:8443/v1?… "));
        Assert.That(settings["Proxy:Providers:own:BaseAddress"], Does.StartWith("http://127.0.0.1:9100 "));
        Assert.That(document.RootElement.GetProperty("unknown").EnumerateArray().Select(key => key.GetString()), Is.EqualTo(new[] { "Proxi:X" }));
        Assert.That(text.Output, Does.Contain(file).And.Contain("Proxi:X").And.Match(@"Recording:QueueCapacity +7 +TRACKER_"));
        Assert.That(json.Output + text.Output, Does.Not.Contain("secret-0123"));
        Assert.That(wrong.Errors, Does.StartWith($"{program}: '--Loging:Level=Debug' is no option and no setting"));
    }

    private static string Table() => "| key | default | values | meaning |\n| --- | --- | --- | --- |\n" + string.Concat(KnownSettings.All.Select(Row));

    private static string Row(KnownSetting setting)
    {
        var byDefault = setting.DefaultText ?? (setting.Default is { } value ? $"`{value}`" : "–");
        var range = setting.Least is null ? "" : $", `{setting.Least}` to `{setting.Most}`";
        var values = setting.Default is "true" or "false" ? "`true`, `false`" : setting.Values + range;
        return $"| `{setting.Key}` | {byDefault} | {values}{(setting.IsList ? "; a list" : "")} | {setting.Meaning} |\n";
    }

    private static IEnumerable<string> FaultsOf(string key, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(key, (string?)value)]).Build();
        return key.Split(':')[0] switch
        {
            StorageOptions.SectionName => Faults(new StorageOptionsValidator(), new StorageOptions()),
            ProxyOptions.SectionName => Faults(new ProxyOptionsValidator(), new ProxyOptions()),
            RecordingOptions.SectionName => Faults(new RecordingOptionsValidator(), new RecordingOptions()),
            ImporterOptions.SectionName => Faults(new ImporterOptionsValidator(), new ImporterOptions()),
            RetentionOptions.SectionName => Faults(new RetentionOptionsValidator(), new RetentionOptions()),
            _ => throw new ArgumentOutOfRangeException(nameof(key), key, "No options have it."),
        };

        IEnumerable<string> Faults<T>(IValidateOptions<T> validator, T options) where T : class
        {
            configuration.GetSection(key.Split(':')[0]).Bind(options);
            return validator.Validate(null, options).Failures ?? [];
        }
    }

    private static string Beyond(string value, int steps) => long.TryParse(value, CultureInfo.InvariantCulture, out var number)
        ? (number + steps).ToString(CultureInfo.InvariantCulture)
        : (TimeSpan.Parse(value, CultureInfo.InvariantCulture) + TimeSpan.FromSeconds(steps)).ToString("c", CultureInfo.InvariantCulture);

    private static string? Text(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        System.Collections.ICollection { Count: 0 } => null,
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
