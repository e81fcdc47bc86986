namespace Tracker.Proxy.Capture;

/// <summary>Reads the usage out of a copy of one response, in one API's dialect. Fed with decoded bytes in pieces of any size; never throws.</summary>
internal interface IUsageReader
{
    void Read(ReadOnlySpan<byte> bytes);

    /// <summary>A message is whole, where the answer comes in <see cref="BodyFormat.Messages"/>.</summary>
    void EndMessage();

    /// <summary>The response is complete and holds all the usage there will be: the call can be recorded now.</summary>
    bool IsComplete { get; }

    /// <summary>The first content has come by.</summary>
    bool HasContent { get; }

    /// <summary>What is known so far.</summary>
    ObservedUsage Usage { get; }
}
