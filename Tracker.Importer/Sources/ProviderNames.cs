namespace Tracker.Importer.Sources;

/// <summary>The names that clients give to those who run models, as Tracker's routes call them.</summary>
internal static class ProviderNames
{
    /// <returns>Null for a name that only says which API is spoken.</returns>
    public static string? Of(string? name) => name?.ToLowerInvariant() switch
    {
        null or "openai-compatible" or "anthropic-compatible" => null,
        "google" or "google-generative-ai" => "gemini",
        "google-vertex" or "google-vertex-anthropic" or "vertex-ai" or "vertex_ai" => "vertex",
        "amazon-bedrock" => "bedrock",
        "openai-native" => "openai",
        "openai-codex" => "chatgpt",
        "togetherai" or "together_ai" => "together",
        "fireworks-ai" => "fireworks",
        var other => other,
    };
}
