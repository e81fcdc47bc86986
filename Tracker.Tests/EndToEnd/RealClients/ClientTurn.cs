namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>One run of a client without its terminal: what it is asked, and how the upstream is to behave.</summary>
/// <param name="Plan">What the fake upstream's model does: a plan of its <c>README.md</c>.</param>
internal sealed record ClientTurn(string Plan)
{
    /// <summary>Goes on with the latest session.</summary>
    public bool Resumes { get; init; }

    /// <summary>Options of the fake upstream for this turn's calls.</summary>
    public IReadOnlyDictionary<string, string> Upstream { get; init; } = new Dictionary<string, string>();

    public string Prompt => $"please plan:{Plan}";

    /// <summary>For clients that can send headers of one's own.</summary>
    public IEnumerable<(string Name, string Value)> Headers => Upstream.Select(option => ($"x-fake-{option.Key}", option.Value));

    /// <summary>For clients that cannot: the upstream reads its options from the end of the model's name, too.</summary>
    public string WithOptions(string model) => model + string.Concat(Upstream.Select(option => $"~{option.Key}={option.Value}"));
}
