namespace Tracker.Proxy.Forwarding;

/// <summary>Looks for the empty line that ends a head, in whatever pieces that is written.</summary>
internal struct HeadEnd
{
    private bool _lineHasText;

    /// <summary>The empty line has come.</summary>
    public bool IsReached { get; private set; }

    /// <returns>How many of the bytes are the head's.</returns>
    public int Read(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; !IsReached && at < bytes.Length;)
        {
            var length = bytes[at..].IndexOf((byte)'\n');
            var line = length < 0 ? bytes[at..] : bytes.Slice(at, length);
            _lineHasText |= line.ContainsAnyExcept((byte)'\r');
            if (length < 0)
            {
                break;
            }

            at += length + 1;
            if (!_lineHasText)
            {
                IsReached = true;
                return at;
            }

            _lineHasText = false;
        }

        return IsReached ? 0 : bytes.Length;
    }
}
