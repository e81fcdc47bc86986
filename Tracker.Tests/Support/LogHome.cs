using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Storage.Pricing;

namespace Tracker.Tests.Support;

/// <summary>A home directory with logs of a test's own, and an importer of it within the test's process.</summary>
internal sealed class LogHome
{
    private readonly IUsageSource _source;
    private readonly ImportPass _pass;

    /// <param name="database">Where the rows go.</param>
    /// <param name="client">Whose logs are read.</param>
    /// <param name="settings">Such as <c>Importer:Roots:…</c>.</param>
    public LogHome(TestDatabase database, string client, params IEnumerable<(string Key, string Value)> settings)
    {
        Folder = Directory.CreateDirectory(Path.Combine(database.Folder, "home")).FullName;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        _source = UsageSources.All(new ClientFolders(Folder, configuration)).Single(source => source.Client == client);
        _pass = new ImportPass(database.Connections, PriceBooks.Embedded, TimeProvider.System, new ProgressDisplay(isWanted: false), NullLogger<ImportPass>.Instance);
    }

    /// <summary>The home directory.</summary>
    public string Folder { get; }

    /// <summary>Copies what a client wrote below its home.</summary>
    public LogHome With(params string[] testData)
    {
        TestData.CopyTo(TestData.Path(testData), Folder);
        return this;
    }

    /// <summary>Writes a file below the home as it is.</summary>
    public string WriteText(string path, string text)
    {
        var file = FilePath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>Writes a file below the home, each line with its line feed.</summary>
    public string Write(string path, params IEnumerable<string> lines)
    {
        var file = FilePath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, string.Concat(lines.Select(line => line + "\n")), new UTF8Encoding(false));
        return file;
    }

    public void Append(string path, params IEnumerable<string> lines) => File.AppendAllText(FilePath(path), string.Concat(lines.Select(line => line + "\n")));

    public string FilePath(string path) => Path.Combine([Folder, .. path.Split('/')]);

    /// <summary>One pass, in this process.</summary>
    public SourceReport Import() => _pass.Run([_source], CancellationToken.None).Sources.Single();
}
