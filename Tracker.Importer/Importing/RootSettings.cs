using System.IO.Enumeration;
using Microsoft.Extensions.Configuration;
using Tracker.Importer.Sources;

namespace Tracker.Importer.Importing;

/// <summary>Finds what is wrong with <c>Importer:Roots</c>: a folder that brings nothing is looked for in silence otherwise.</summary>
internal static class RootSettings
{
    // Links are followed by the thorough search alone: a circle of them has no end here.
    private static readonly EnumerationOptions WithoutLinks = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Keys that name no client, in the form of other unknown settings.</summary>
    public static IEnumerable<string> FindUnknownClients(IConfiguration configuration) => configuration.GetSection(Key).GetChildren()
        .Where(client => !UsageSources.Clients.Contains(client.Key, StringComparer.OrdinalIgnoreCase)).Select(client => client.Path);

    /// <summary>Paths that bring nothing, with the reason.</summary>
    public static IEnumerable<(string Key, string Path, string Reason)> FindFruitless(IEnumerable<IUsageSource> sources, ClientFolders folders) =>
        from source in sources
        from path in folders.Configured(source.Client)
        let reason = !Path.Exists(path) ? "does not exist" : !HasLog(path, source) ? $"has no log of {source.Client}" : null
        where reason is not null
        select ($"{Key}:{source.Client}", path, reason);

    private static string Key => $"{ImporterOptions.SectionName}:Roots";

    private static bool HasLog(string path, IUsageSource source)
    {
        var roots = source.FindRoots().Where(root => LogFolder.TryGetRelativePath(path, root, out _)).ToList();
        // Most often the first file is one, and nothing else needs to be looked at.
        return roots.Exists(root => HasLogAtOnce(root, source.Formats)) || LogFolder.List(roots, source.Formats).Files.Count > 0;
    }

    private static bool HasLogAtOnce(string root, IReadOnlyList<ILogFormat> formats)
    {
        try
        {
            return Directory.Exists(root) && new FileSystemEnumerable<bool>(root, (ref _) => true, WithoutLinks)
            {
                ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && LogFolder.TryGetRelativePath(root, entry.ToSpecifiedFullPath(), out var relativePath) && IsLog(relativePath),
                ShouldRecursePredicate = (ref entry) => !LogFolder.IsInRepository(entry.FileName),
            }.Any();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // The thorough search tells what it finds.
        }

        bool IsLog(string relativePath) => formats.Any(format => format.Claims(relativePath));
    }
}
