namespace Tracker.Proxy.Connecting.Editing;

/// <summary>A settings file cannot be understood, and is left alone. The message never quotes it: what is broken may be a key.</summary>
internal sealed class MalformedSettingsException : Exception
{
    public MalformedSettingsException(int line, string message)
        : base(message) => Line = line;

    public MalformedSettingsException(string message)
        : base(message)
    {
    }

    public MalformedSettingsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public MalformedSettingsException()
    {
    }

    /// <summary>From 1; 0: the whole file.</summary>
    public int Line { get; }
}
