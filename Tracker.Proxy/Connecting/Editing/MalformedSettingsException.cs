namespace Tracker.Proxy.Connecting.Editing;

/// <summary>A settings file cannot be understood, and is left alone. The message never quotes it: what is broken may be a key.</summary>
internal sealed class MalformedSettingsException : Exception
{
    public MalformedSettingsException(int line, string message, Exception? innerException = null)
        : base(message, innerException) => Line = line;

    public MalformedSettingsException(string file, MalformedSettingsException innerException)
        : base(innerException.Message, innerException) => (File, Line) = (file, innerException.Line);

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

    /// <summary>Null: not said yet.</summary>
    public string? File { get; }

    /// <summary>From 1; 0: the whole file.</summary>
    public int Line { get; }

    /// <summary>Does something with a file's text; what is wrong with it is said with the file's name.</summary>
    public static T Within<T>(string file, Func<T> part)
    {
        try
        {
            return part();
        }
        catch (MalformedSettingsException exception) when (exception.File is null)
        {
            throw new MalformedSettingsException(file, exception);
        }
    }
}
