using System.Collections.Frozen;

namespace Tracker.Proxy;

/// <summary>Which paths Tracker answers itself, told by their first segment. No provider can have such a name.</summary>
internal static class OwnPages
{
    /// <summary>Whether forwarding works. It says nothing else, and monitors ask for it: everybody may.</summary>
    public const string Health = "healthz";

    /// <summary>All the others but the front page, which has no segment.</summary>
    public static readonly FrozenSet<string> Names = FrozenSet.Create(StringComparer.Ordinal, "dashboard", "stats", "status");

    /// <summary>How each is asked for: a HEAD is answered as a GET, and the server leaves the body out.</summary>
    public static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static bool Has(string firstSegment) => firstSegment.Length == 0 || firstSegment == Health || Names.Contains(firstSegment);
}
