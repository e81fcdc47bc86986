namespace Tracker.Importer.Sources.CopilotCli;

/// <summary>What the events of a session told so far, as far as later ones need it. Kept with the file's cursor.</summary>
internal sealed class CopilotSession
{
    // Sub-agents work at the same time, so a call's message may come behind other calls.
    private const int CallsKept = 16;

    public string? Id { get; set; }

    public string? Cwd { get; set; }

    /// <summary>The keys of the last calls by the upstream's id, whose messages, which have the tools, are still to come.</summary>
    public List<string> RecentCalls { get; set; } = [];

    public void Add(string key)
    {
        if (RecentCalls.Count == CallsKept)
        {
            RecentCalls.RemoveAt(0);
        }

        RecentCalls.Add(key);
    }

    /// <returns>The key of the call with that id of the upstream; null if it is not known.</returns>
    public string? KeyOf(string apiCallId) => RecentCalls.Find(key => key.EndsWith(apiCallId, StringComparison.Ordinal) && key.Length > apiCallId.Length && key[^(apiCallId.Length + 1)] == ':');
}
