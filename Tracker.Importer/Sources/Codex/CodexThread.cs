using System.Text.Json.Serialization;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Codex;

/// <summary>What the lines of a rollout told so far, as far as later lines need it. Kept with the file's cursor.</summary>
internal sealed class CodexThread
{
    private const int MostToolCalls = 256;

    /// <summary>The thread whose file it is.</summary>
    public string? Id { get; set; }

    /// <summary>The first line about the thread was read: later ones are of threads whose history was copied into the file.</summary>
    public bool IsKnown { get; set; }

    /// <summary>The thread that the last <c>session_meta</c> named: a thread's own, or the one whose history was copied.</summary>
    public string? Origin { get; set; }

    /// <summary>The root's session.</summary>
    public string? Session { get; set; }

    public string? Parent { get; set; }

    /// <summary>The thread was forked from another or started by one, so the file may begin with that one's history.</summary>
    public bool MayHoldHistory { get; set; }

    /// <summary>It names the thread that it was forked from.</summary>
    public bool IsFork { get; set; }

    public string? Cwd { get; set; }

    public string? ModelProvider { get; set; }

    public string? Model { get; set; }

    /// <summary>The turn of the last line, where turns have ids that tell time.</summary>
    public string? Turn { get; set; }

    /// <summary>A <c>turn_context</c> had no turn's id: it was written by a version whose turns have none, and which writes no records either.</summary>
    public bool HasTurnWithoutId { get; set; }

    /// <summary>The turn has a <c>token_usage_record</c>, so its <c>token_count</c> says the same once more.</summary>
    public bool TurnHasRecords { get; set; }

    /// <summary>The counts of the last <c>token_count</c>.</summary>
    public CodexCounts? Total { get; set; }

    public CodexCounts? Last { get; set; }

    /// <summary>The subscription's windows, as they were told last.</summary>
    public List<LimitSample> Limits { get; set; } = [];

    /// <summary>Tools that were asked for since the last call that was counted.</summary>
    public List<ToolCall> ToolCalls { get; set; } = [];

    /// <summary>
    /// Whether the line that is being read is the thread's own. Ids of threads and turns are UUIDs of version 7, which begin with the time: a turn that is older than
    /// the thread was copied into it.
    /// </summary>
    [JsonIgnore]
    public bool IsOwn => !MayHoldHistory || (TellsTime(Turn) && TellsTime(Id) ? string.CompareOrdinal(Turn, 0, Id, 0, 13) >= 0 : !(IsFork && Turn is null));

    /// <summary>
    /// Whether the line's counts are taken: the thread's own, and those of a fork whose turns have no ids, of which nobody can tell whether they were copied. Those get the key of the
    /// thread whose history it is, so that a copy is the row of its original. Without a turn at all they are a history without its contexts, which may have been records.
    /// </summary>
    [JsonIgnore]
    public bool IsCounted => IsOwn || (IsFork && Turn is null && HasTurnWithoutId && Origin != Id);

    /// <summary>Later lines are of this turn.</summary>
    public void EnterTurn(string? turn)
    {
        // Other ids (auto-compact-1) are of work within a turn.
        if (turn == Turn || !TellsTime(turn))
        {
            return;
        }

        Turn = turn;
        TurnHasRecords = false;
        ToolCalls.Clear();
    }

    public void AddToolCall(string id, string name)
    {
        if (ToolCalls.Count < MostToolCalls)
        {
            ToolCalls.Add(new ToolCall(id, name));
        }
    }

    public IReadOnlyList<ToolCall> TakeToolCalls()
    {
        var taken = ToolCalls.ToArray();
        ToolCalls.Clear();
        return taken;
    }

    private static bool TellsTime(string? id) => id is { Length: 36 } && id[14] == '7';
}
