namespace Tracker.Storage.Usage;

/// <summary>
/// <c>usage.iterations</c> of Anthropic's Messages API: one entry for each run of a model within an answer. The proxy and the importer take them in here, so that
/// both count alike. By <c>type</c> (platform.claude.com/docs/en/build-with-claude/compaction and …/agents-and-tools/tool-use/advisor-tool, and the types of
/// anthropics/anthropic-sdk-python, seen 2026-11):
/// <list type="bullet">
/// <item><c>message</c>, and <c>fallback_message</c> of the model that stood in for one that declined: the counts beside the list are their sum.</item>
/// <item><c>compaction</c>: the conversation was summarized first, by the same model. Billed, and not in the counts beside the list.</item>
/// <item><c>advisor_message</c>: another model gave advice. Billed at that model's rates, and not in the counts beside the list.</item>
/// </list>
/// </summary>
public sealed class UsageIterations
{
    /// <summary>An answer with more is hostile or broken; one call must not become rows without bound.</summary>
    public const int MostApart = 64;

    private readonly List<IterationUsage> _apart = [];

    /// <summary>Those that the counts beside the list do not hold, in the order of the list.</summary>
    public IReadOnlyList<IterationUsage> Apart => _apart.Count == 0 ? [] : [.. _apart];

    public void Clear() => _apart.Clear();

    /// <summary>Takes one entry in.</summary>
    /// <returns><see langword="false"/> when it is of an unknown type. Nobody knows whether the counts beside the list hold it, so it is not counted.</returns>
    public bool TryAdd(string? type, string? model, TokenBlock tokens)
    {
        switch (type)
        {
            case "message" or "fallback_message":
                return true;
            case "compaction":
                Add(IterationKind.Compaction, null, tokens);
                return true;
            case "advisor_message":
                Add(IterationKind.Advisor, model, tokens);
                return true;
            default:
                return false;
        }
    }

    private void Add(IterationKind kind, string? model, TokenBlock tokens)
    {
        if (_apart.Count < MostApart)
        {
            _apart.Add(new IterationUsage(kind, _apart.Count(other => other.Kind == kind) + 1, model, tokens));
        }
    }
}
