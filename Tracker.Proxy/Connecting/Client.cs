using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting;

/// <summary>A client, and which settings point it at the proxy. What is known of it names its version and the day: clients change.</summary>
internal abstract class Client
{
    /// <summary>As on the command line, and in the column <c>client</c>.</summary>
    public abstract string Name { get; }

    /// <summary>As its makers call it.</summary>
    public abstract string Title { get; }

    /// <summary>Whether it is connected only when it is named.</summary>
    public virtual bool IsOnlyByName => false;

    /// <summary>What Tracker knows of its calls without the proxy.</summary>
    public abstract string WithoutProxy { get; }

    /// <summary>Whether it looks at <c>NO_PROXY</c>.</summary>
    public virtual bool ReadsNoProxy => true;

    public abstract ClientPlace Locate(UserHome home);

    /// <summary>What is to be in its settings.</summary>
    /// <param name="text">The settings file as it is.</param>
    /// <param name="home">Whose client it is.</param>
    /// <param name="routes">The proxy's addresses.</param>
    public abstract ClientPlan Plan(string text, UserHome home, ProxyRoutes routes);

    /// <summary>A variable of the client's environment; null when it is not set.</summary>
    /// <param name="text">The settings file as it is.</param>
    /// <param name="home">Whose client it is.</param>
    /// <param name="name">The variable.</param>
    public virtual string? Variable(string text, UserHome home, string name) => home.Variable(name);

    /// <summary>A setting in another of the client's files, which need not exist.</summary>
    protected static FoundSetting? FindIn(string file, ISettingsFormat format, SettingKey key) =>
        File.Exists(file) ? MalformedSettingsException.Within(file, () => format.Find(SettingsFile.Read(file).Text, key)) : null;

    /// <summary>The variables of this shell that go before the client's file, and lead elsewhere.</summary>
    protected static IEnumerable<string> Overriding(UserHome home, ProxyRoutes routes, params IEnumerable<string> variables) =>
        variables.Where(variable => home.Variable(variable) is { } value && !routes.LeadsHere(value)).Select(variable => $"{variable} is set in this shell and goes before the file");
}
