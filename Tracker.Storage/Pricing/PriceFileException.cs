namespace Tracker.Storage.Pricing;

/// <summary>A price file cannot be used; the message names the file, the entry and what is wrong with it.</summary>
public sealed class PriceFileException : Exception
{
    public PriceFileException(string message)
        : base(message)
    {
    }

    public PriceFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public PriceFileException()
    {
    }
}
