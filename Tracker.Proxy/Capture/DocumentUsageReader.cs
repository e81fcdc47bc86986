namespace Tracker.Proxy.Capture;

/// <summary>The part of every usage reader that does not depend on the dialect: cuts a body into JSON documents and shows their values.</summary>
internal abstract class DocumentUsageReader : IUsageReader, IJsonVisitor, ISseVisitor
{
    private readonly JsonScanner _json;
    private SseScanner? _events; // Only for such a stream.
    private BodyFormat _format;
    private bool _isSettled;
    private int _matchedOfDone;
    private bool _hasEnded;
    private bool _isContentAlone;

    /// <param name="format">What the answer is said to be; its first bytes may tell better.</param>
    protected DocumentUsageReader(BodyFormat format)
    {
        _format = format;
        _isSettled = format == BodyFormat.Messages;
        _json = new JsonScanner(this);
    }

    public bool IsComplete { get; protected set; }

    public bool HasContent { get; protected set; }

    public abstract ObservedUsage Usage { get; }

    /// <summary>Whether the answer comes in many documents.</summary>
    protected bool IsStream => _format != BodyFormat.Json;

    /// <summary>Data that ends a stream and is no JSON; empty where there is none.</summary>
    protected virtual ReadOnlySpan<byte> Done => default;

    public void Read(ReadOnlySpan<byte> bytes)
    {
        if (!_isSettled)
        {
            bytes = BodyFormats.TrimStart(bytes);
            if (bytes.IsEmpty)
            {
                return;
            }

            (_format, _isSettled) = (BodyFormats.Settle(_format, bytes[0]), true);
        }

        switch (_format)
        {
            case BodyFormat.EventStream:
                (_events ??= new SseScanner(this)).Read(bytes);
                break;
            case BodyFormat.JsonLines:
                ReadLines(bytes);
                break;
            case BodyFormat.Messages:
                _json.Read(bytes);
                break;
            default:
                _json.Read(bytes);
                if (_json.Ended && !_hasEnded)
                {
                    _hasEnded = true;
                    OnDocumentEnd();
                    OnBodyEnd();
                }

                break;
        }
    }

    public void EndMessage() => EndDocument();

    void ISseVisitor.OnData(ReadOnlySpan<byte> piece)
    {
        if (_json.IsAtStart && IsContentAlone(piece[0] == (byte)' ' ? piece[1..] : piece))
        {
            _isContentAlone = true;
            _matchedOfDone = -1;
            _json.Skip();
            return;
        }

        MatchDone(piece);
        _json.Read(piece);
    }

    void ISseVisitor.OnEventEnd()
    {
        if (_matchedOfDone > 0 && _matchedOfDone == Done.Length)
        {
            OnBodyEnd();
        }

        EndDocument();
        _matchedOfDone = 0;
    }

    void IJsonVisitor.OnValue(ReadOnlySpan<byte> path, JsonScalar value) => OnValue(path, value);

    void IJsonVisitor.OnObjectEnd(ReadOnlySpan<byte> path) => OnObjectEnd(path);

    protected abstract void OnValue(ReadOnlySpan<byte> path, JsonScalar value);

    protected virtual void OnObjectEnd(ReadOnlySpan<byte> path)
    {
    }

    /// <summary>
    /// Whether a document that begins like this is a piece of content, and holds nothing else that is wanted: nearly all of a long stream, so they are told
    /// by their first bytes. Those that are written in another way are read.
    /// </summary>
    protected virtual bool IsContentAlone(ReadOnlySpan<byte> beginning) => false;

    /// <summary>A document was whole.</summary>
    protected abstract void OnDocumentEnd();

    /// <summary>The next document begins, whether or not this one was whole.</summary>
    protected virtual void OnReset()
    {
    }

    /// <summary>The body says that nothing comes after this.</summary>
    protected abstract void OnBodyEnd();

    /// <summary>For a document that is known to hold nothing more: most of a stream are such.</summary>
    protected void SkipDocument() => _json.Skip();

    private void ReadLines(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            _json.Read(end < 0 ? bytes : bytes[..end]);
            if (end < 0)
            {
                return;
            }

            EndDocument();
            bytes = bytes[(end + 1)..];
        }
    }

    private void EndDocument()
    {
        if (_isContentAlone)
        {
            _isContentAlone = false;
            HasContent = true;
            _json.Reset(); // Nothing of it was shown, so there is nothing else to forget.
            return;
        }

        if (_json.Ended)
        {
            OnDocumentEnd();
        }

        _json.Reset();
        OnReset();
    }

    // The data as a whole must be the mark, but for a space before it.
    private void MatchDone(ReadOnlySpan<byte> piece)
    {
        if (_matchedOfDone < 0)
        {
            return;
        }

        foreach (var value in piece)
        {
            if (_matchedOfDone == 0 && value == (byte)' ')
            {
                continue;
            }

            _matchedOfDone = _matchedOfDone < Done.Length && Done[_matchedOfDone] == value ? _matchedOfDone + 1 : -1;
            if (_matchedOfDone < 0)
            {
                return;
            }
        }
    }
}
