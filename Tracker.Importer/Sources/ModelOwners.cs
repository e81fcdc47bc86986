namespace Tracker.Importer.Sources;

/// <summary>Who runs a model, as far as its name tells. The wire knows it by the route, and its word wins; a log often names nobody.</summary>
internal static class ModelOwners
{
    // Models that are their vendor's alone; open models run anywhere, so their names tell nothing.
    private static readonly (string Prefix, string Provider)[] Known =
    [
        ("claude-", "anthropic"), ("gpt-3", "openai"), ("gpt-4", "openai"), ("gpt-5", "openai"), ("o1", "openai"), ("o3", "openai"), ("o4-", "openai"), ("codex-", "openai"), ("gemini-", "gemini"),
    ];

    /// <returns>A provider's name, or null.</returns>
    public static string? ProviderOf(string? model) =>
        model is null ? null : Known.FirstOrDefault(known => model.StartsWith(known.Prefix, StringComparison.OrdinalIgnoreCase)).Provider;
}
