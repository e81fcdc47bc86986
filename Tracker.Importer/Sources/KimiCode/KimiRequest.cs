using System.Text.Json;

namespace Tracker.Importer.Sources.KimiCode;

/// <summary>What a line <c>llm.request</c> tells, which stands before the <c>usage.record</c> of its call and says what the name in there is an alias of.</summary>
/// <param name="Alias">The model's name in the user's settings, as <c>usage.record</c> mostly has it.</param>
/// <param name="Model">The name that the API is asked for.</param>
/// <param name="IsToGemini">Whether it goes to Gemini's API, with which the output is logged without the thoughts.</param>
internal sealed record KimiRequest(string Alias, string Model, bool IsToGemini)
{
    private const string GeminisApi = "google-genai";

    // It is kept with the cursor; no model's name is nearly as long.
    private const int LongestName = 500;

    /// <summary>The request as a small text, for the cursor.</summary>
    public string ToState() => string.Join('\n', Alias, Model, IsToGemini ? GeminisApi : "");

    public static KimiRequest? FromState(string? state) => state?.Split('\n') is [var alias, var model, var api] ? new(alias, model, api == GeminisApi) : null;

    /// <returns>Null for any other line, and for a model without both names.</returns>
    public static KimiRequest? From(JsonElement line) =>
        line.Text("type") == "llm.request" && line.Text("model") is { Length: > 0 and <= LongestName } model && line.Text("modelAlias") is { Length: <= LongestName } alias
            ? new(alias, model, line.Text("provider") == GeminisApi)
            : null;
}
