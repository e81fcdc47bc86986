namespace Tracker.Storage.Usage;

/// <summary>
/// <c>usage.iterations</c> of Anthropic's Messages API: one entry for each run of a model within an answer. The proxy and the importer take them in here, so that
/// both count alike. By <c>type</c> (platform.claude.com/docs/en/build-with-claude/compaction and …/agents-and-tools/tool-use/advisor-tool, and the types of
/// anthropics/anthropic-sdk-python, seen 2026-11):
/// <list type="bullet">
/// <item><c>message</c>: the counts beside the list are the sum of these, unless another model stepped in.</item>
/// <item><c>fallback_message</c>, of the model that stepped in for one that declined: the counts beside the list are the sum of these alone (Claude Code 2.1.332,
/// earendil-works/pi#9074, anthropics/anthropic-sdk-csharp#271, seen 2026-11-30).</item>
/// <item><c>compaction</c>: the conversation was summarized first, by the same model. Billed, and not in the counts beside the list.</item>
/// <item><c>advisor_message</c>: another model gave advice. Billed at that model's rates, and not in the counts beside the list.</item>
/// </list>
/// </summary>
public sealed class UsageIterations
{
    /// <summary>An answer with more is hostile or broken; one call must not become rows without bound.</summary>
    public const int MostApart = 64;

    private readonly List<IterationUsage> _apart = [];
    private CacheCreation _written;

    /// <summary>Those that the counts beside the list do not hold, in the order of the list.</summary>
    public IReadOnlyList<IterationUsage> Apart => _apart.Count == 0 ? [] : [.. _apart];

    /// <summary>A model declined, and another one stepped in.</summary>
    public bool HasFallback { get; private set; }

    /// <summary>The model that stepped in for one that declined; null where none did, or it is not named.</summary>
    public string? FallbackModel { get; private set; }

    public void Clear()
    {
        _apart.Clear();
        (_written, HasFallback, FallbackModel) = (default, false, null);
    }

    /// <summary>
    /// The counts beside the list with its split of what was written to the cache: the end of a stream tells the total alone, and a second run within the answer writes too. Claude
    /// Code 2.1.332 takes the split from there as well, where it adds up to the total (seen 2026-11-30).
    /// </summary>
    /// <param name="counts">The counts beside the list.</param>
    public TokenBlock WithSplitOf(TokenBlock counts) =>
        _written.OneHour > (counts.CacheCreation.OneHour ?? 0) && Sum(_written) == Sum(counts.CacheCreation) ? counts with { CacheCreation = _written } : counts;

    /// <summary>Takes one entry in.</summary>
    /// <returns><see langword="false"/> when it is of an unknown type. Nobody knows whether the counts beside the list hold it, so it is not counted.</returns>
    public bool TryAdd(string? type, string? model, TokenBlock tokens)
    {
        switch (type)
        {
            case "message":
                _written = HasFallback ? _written : Add(_written, tokens.CacheCreation);
                return true;
            case "fallback_message":
                _written = HasFallback ? Add(_written, tokens.CacheCreation) : tokens.CacheCreation;
                HasFallback = true;
                FallbackModel = model ?? FallbackModel;
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

    private static CacheCreation Add(CacheCreation one, CacheCreation other) =>
        new((one.FiveMinutes ?? 0) + (other.FiveMinutes ?? 0), (one.OneHour ?? 0) + (other.OneHour ?? 0));

    private static long Sum(CacheCreation creation) => (creation.FiveMinutes ?? 0) + (creation.OneHour ?? 0);

    private void Add(IterationKind kind, string? model, TokenBlock tokens)
    {
        if (_apart.Count < MostApart)
        {
            _apart.Add(new IterationUsage(kind, _apart.Count(other => other.Kind == kind) + 1, model, tokens));
        }
    }
}
