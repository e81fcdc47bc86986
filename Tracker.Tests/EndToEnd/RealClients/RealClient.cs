using System.Text.Json;

namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>A coding agent as it is published: how it is pointed at the proxy, asked for a turn, and kept from the network.</summary>
internal abstract class RealClient
{
    /// <summary>A credential that no upstream would take.</summary>
    protected const string Key = "sk-fake-0000000000000000";

    /// <summary>As in the column <c>client</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What tells it apart in the names of the tests.</summary>
    public virtual string Label => Name;

    /// <summary>What npm calls its command.</summary>
    public abstract string Program { get; }

    /// <summary>The route that its calls take.</summary>
    public abstract string Provider { get; }

    /// <summary>Before the upstream's response id in a key.</summary>
    public virtual string Namespace => Provider;

    /// <summary>Whether the wire tells the session.</summary>
    public virtual bool HasSession => true;

    /// <summary>Whether the wire tells which sub-agent made a call.</summary>
    public virtual bool HasAgents => false;

    /// <summary>Whether its main agent does not wait for the others.</summary>
    public virtual bool HasAgentsInBackground => false;

    /// <summary>Whether the importer reads its logs.</summary>
    public virtual bool IsImported => false;

    /// <summary>Whether it goes to this machine directly although a proxy is set.</summary>
    public virtual bool KnowsNoProxy => true;

    /// <summary>Whether it stops asking when every stream breaks off.</summary>
    public virtual bool GivesUp => true;

    /// <summary>Writes its settings.</summary>
    public virtual void Configure(string home, Uri proxy)
    {
    }

    public abstract IEnumerable<(string Name, string Value)> Environment(ClientTurn turn, Uri proxy);

    public abstract IEnumerable<string> Arguments(ClientTurn turn);

    /// <summary>Whether it makes this call, besides those for the answer, without ever logging it.</summary>
    public virtual bool IsSideRequest(JsonElement ledgerEntry) => false;

    public sealed override string ToString() => Label;

    protected static string At(Uri proxy, string path) => new Uri(proxy, path).ToString().TrimEnd('/');

    protected static void Write(string home, string path, string text)
    {
        var file = Path.Combine(home, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
