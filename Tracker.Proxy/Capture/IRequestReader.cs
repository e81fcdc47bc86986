namespace Tracker.Proxy.Capture;

/// <summary>Reads what a request says about its call out of a copy of its body, in one API's dialect. Never throws.</summary>
internal interface IRequestReader
{
    void Read(ReadOnlySpan<byte> bytes);

    ObservedRequest Request { get; }
}
