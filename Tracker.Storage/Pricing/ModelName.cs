using System.Text.RegularExpressions;

namespace Tracker.Storage.Pricing;

/// <summary>The fixed rules by which two ways of writing a model's name mean the same model. Nothing here guesses: a rule only takes away what is known not to change the price.</summary>
internal static partial class ModelName
{
    /// <summary>Lower case, a hyphen for a point between digits, and <c>claude-4.5-sonnet</c> as <c>claude-sonnet-4-5</c>: the same name, written differently.</summary>
    public static string Spelling(string model)
    {
        var name = PointBetweenDigits().Replace(model.Trim().ToLowerInvariant(), "-");
        return ClaudeVersionFirst().Replace(name, "claude-$2-$1");
    }

    /// <summary>The name as it is, and without one prefix after the other.</summary>
    /// <param name="spelling">A name that went through <see cref="Spelling"/>.</param>
    /// <param name="keepRegion">Whether a region in front (<c>us.anthropic.…</c>) has a price of its own there, so that it must stay.</param>
    public static IEnumerable<string> WithoutPrefixes(string spelling, bool keepRegion)
    {
        var prefix = keepRegion ? PrefixButRegion() : Prefix();
        for (var name = spelling; ;)
        {
            yield return name;
            var shorter = prefix.Replace(name, "");
            if (shorter.Length == 0 || shorter == name)
            {
                yield break;
            }

            name = shorter;
        }
    }

    /// <summary>The name, and what is left when one by one is taken from its end: <c>[1m]</c>, an effort, versions of the deployment, a date.</summary>
    public static IEnumerable<string> Shorten(string name)
    {
        yield return name;
        foreach (var rule in (Regex[])[LongContextMark(), Effort(), DeploymentVersion(), DeploymentVersion(), Date()])
        {
            var shorter = rule.Replace(name, "");
            if (shorter.Length > 0 && shorter != name)
            {
                name = shorter;
                yield return name;
            }
        }
    }

    /// <summary>
    /// What stands before a word for the state of a release (<c>preview</c>, <c>latest</c> …), the longest first. What follows that word must be such
    /// words or numbers too; a number itself is never taken away, so no version becomes another.
    /// </summary>
    public static IEnumerable<string> BeforeReleaseWords(string name)
    {
        var end = name.Length;
        while (name.LastIndexOfAny(['-', ':', '@'], end - 1) is var start and > 0)
        {
            var word = name.AsSpan(start + 1, end - start - 1);
            var isNumber = word.Length > 0 && !word.ContainsAnyExceptInRange('0', '9');
            if (!isNumber && word is not ("preview" or "beta" or "alpha" or "exp" or "experimental" or "latest" or "stable" or "rc" or "ga"))
            {
                yield break;
            }

            if (!isNumber && name.AsSpan(0, start).ContainsAnyInRange('0', '9'))
            {
                yield return name[..start];
            }

            end = start;
        }
    }

    [GeneratedRegex(@"(?<=\d)\.(?=\d)")]
    private static partial Regex PointBetweenDigits();

    [GeneratedRegex(@"claude-(\d+(?:-\d+)?)-(opus|sonnet|haiku|fable|mythos)")]
    private static partial Regex ClaudeVersionFirst();

    [GeneratedRegex(@"\[1m\]$")]
    private static partial Regex LongContextMark();

    // How hard a model thinks changes the number of tokens, not their price. Only for families whose own names do not end so (mistral-medium).
    [GeneratedRegex(@"(?<=(?:^|/)(?:gpt-|o\d|codex).*)-(?:none|minimal|low|medium|high|xhigh)$|(?<=(?:^|[/.])claude-.*)-thinking$")]
    private static partial Regex Effort();

    private const string PathPrefixes = @"models/|publishers/[^/]+/models/|accounts/[^/]+/models/|projects/.+/models/|(?:anthropic|openai|azure|google|gemini|vertex_ai|vertex|bedrock|converse|deepseek|xai|x-ai|mistral|mistralai|groq|cohere|perplexity|cerebras|together_ai|fireworks_ai|moonshotai|moonshot|zai|z-ai|minimax|qwen|alibaba|dashscope|openrouter|github_copilot|github-copilot|opencode)/";
    private const string Vendors = @"(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|moonshot|minimax|zai|google|nvidia|writer)\.";

    [GeneratedRegex($@"^(?:{PathPrefixes}|(?:(?:global|us-gov|us|eu|apac|au|jp|ca|in|sa|me)\.)?{Vendors})")]
    private static partial Regex Prefix();

    [GeneratedRegex($@"^(?:{PathPrefixes}|(?:global\.)?{Vendors})")]
    private static partial Regex PrefixButRegion();

    // Bedrock: -v1:0; Vertex: @20250929, @default; Google: -001.
    [GeneratedRegex(@"-v\d+(?::\d+)?$|@[\w-]+$|-00\d$")]
    private static partial Regex DeploymentVersion();

    [GeneratedRegex(@"-20\d{2}(?:-?)(?:0[1-9]|1[0-2])(?:-?)(?:0[1-9]|[12]\d|3[01])$")]
    private static partial Regex Date();
}
