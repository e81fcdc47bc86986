namespace Tracker.Importer.Sources;

/// <summary>The logs of one client: where they are, and in which formats. Adding a client means adding one of these in a folder of its own, and naming it in <see cref="UsageSources"/>.</summary>
internal interface IUsageSource
{
    /// <summary>The client's name, as in <c>usage.client</c> and <c>--source</c>.</summary>
    string Client { get; }

    /// <summary>The format was never seen in a log that the client really wrote; <c>status</c> says so.</summary>
    bool IsExperimental => false;

    /// <summary>Its calls are stored as those of the clients that made them: how many they are, and which was the last, nobody can tell from the rows.</summary>
    bool HasCallsOfOthers => false;

    /// <summary>The folders where this client's logs may be, or single files. They need not exist.</summary>
    IReadOnlyList<string> FindRoots();

    /// <summary>What the client deletes by itself, for each of its folders that exists; none where it deletes nothing, as far as is known.</summary>
    IReadOnlyList<LogRetention> FindRetention() => [];

    /// <summary>The formats of its files. The first one that claims a file reads it; a file that none claims is no log.</summary>
    IReadOnlyList<ILogFormat> Formats { get; }
}
