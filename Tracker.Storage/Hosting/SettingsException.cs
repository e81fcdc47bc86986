namespace Tracker.Storage.Hosting;

/// <summary>An argument or a setting is wrong; the message names it. The program ends with <see cref="ExitCodes.Usage"/>.</summary>
public sealed class SettingsException : Exception
{
    public SettingsException(string message)
        : base(message)
    {
    }

    public SettingsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public SettingsException()
    {
    }
}
