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
    /// <summary>An answer with more advice is hostile or broken; one call must not become rows without bound.</summary>
    public const int MostAdvisors = 64;

    private readonly List<AdvisorUsage> _advisors = [];

    /// <summary>All compactions together, to be added to the counts beside the list.</summary>
    public TokenBlock Compactions { get; private set; }

    /// <summary>In the order of the list.</summary>
    public IReadOnlyList<AdvisorUsage> Advisors => _advisors.Count == 0 ? [] : [.. _advisors];

    public void Clear()
    {
        Compactions = default;
        _advisors.Clear();
    }

    /// <summary>Takes one entry in.</summary>
    /// <returns><see langword="false"/> when it is of an unknown type. Nobody knows whether the counts beside the list hold it, so it is not added.</returns>
    public bool TryAdd(string? type, string? model, TokenBlock tokens)
    {
        switch (type)
        {
            case "message" or "fallback_message":
                return true;
            case "compaction":
                Compactions = Compactions.Plus(tokens);
                return true;
            case "advisor_message":
                if (_advisors.Count < MostAdvisors)
                {
                    _advisors.Add(new AdvisorUsage(model, tokens));
                }

                return true;
            default:
                return false;
        }
    }
}
