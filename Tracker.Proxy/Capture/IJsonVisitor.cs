namespace Tracker.Proxy.Capture;

/// <summary>Receives what a <see cref="JsonScanner"/> finds, in document order.</summary>
internal interface IJsonVisitor
{
    /// <summary>A string, number, true, false or null.</summary>
    /// <param name="path">Keys joined by dots; an array adds <c>[]</c>: <c>content[].type</c>.</param>
    /// <param name="value">The value's bytes: a string without its quotes and still escaped.</param>
    void OnValue(ReadOnlySpan<byte> path, JsonScalar value);

    /// <summary>An object has ended.</summary>
    void OnObjectEnd(ReadOnlySpan<byte> path);
}
