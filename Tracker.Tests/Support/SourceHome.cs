using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Storage.Pricing;

namespace Tracker.Tests.Support;

/// <summary>A home directory with the logs of any client, and an importer of it within the test's process.</summary>
internal sealed class SourceHome
{
    private readonly IUsageSource _source;
    private readonly ImportPass _pass;

    /// <param name="database">Where the rows go; the home is in its folder.</param>
    /// <param name="create">Makes the source.</param>
    /// <param name="settings">Such as <c>Importer:Roots:…</c>.</param>
    public SourceHome(TestDatabase database, Func<ClientFolders, IUsageSource> create, params IEnumerable<(string Key, string Value)> settings)
    {
        Folder = Path.Combine(database.Folder, "home");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        _source = create(new ClientFolders(Folder, configuration));
        _pass = new ImportPass(database.Connections, PriceBooks.Embedded, TimeProvider.System, new ProgressDisplay(isWanted: false), NullLogger<ImportPass>.Instance);
    }

    public string Folder { get; }

    /// <summary>Copies what a client wrote below its home.</summary>
    public SourceHome With(params string[] testData)
    {
        TestData.CopyTo(TestData.Path(testData), Folder);
        return this;
    }

    public string PathOf(string relativePath) => Path.Combine(Folder, relativePath.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Writes a file anew.</summary>
    public string Write(string relativePath, string text)
    {
        var path = PathOf(relativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>One pass, in this process.</summary>
    public SourceReport Import() => _pass.Run([_source], CancellationToken.None).Sources.Single();
}
