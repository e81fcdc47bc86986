using System.Buffers;
using System.Collections;

namespace Tracker.Proxy.Capture;

/// <summary>
/// Reads a JSON document of any size in pieces of any size and constant memory, and shows its scalars with their paths. Long strings are
/// skipped without being held (vectorised). It follows valid JSON exactly; for anything else it gives up (<see cref="Failed"/>) or reads on,
/// but never throws: this is a copy of somebody else's traffic.
/// </summary>
internal sealed class JsonScanner(IJsonVisitor visitor)
{
    /// <summary>Bytes kept of one value: more than any id, name or count has.</summary>
    public const int LongestValue = 1024;

    private const int DeepestPath = 8;
    private const int DeepestNesting = 1024;
    private const int LongestPath = 512;

    private static readonly SearchValues<byte> EndsOfPrimitive = SearchValues.Create(" \n\r\t,]}"u8);

    private readonly byte[] _path = new byte[LongestPath];
    private readonly int[] _pathLengthAt = new int[DeepestPath + 1];
    private readonly byte[] _value = new byte[LongestValue];
    private readonly BitArray _isObjectAt = new(DeepestNesting + 1);
    private int _pathLength;
    private int _valueLength;
    private bool _valueIsCut;
    private int _depth;
    private State _state = State.BeforeValue;

    private enum State
    {
        BeforeValue,
        BeforeFirstKey,
        BeforeKey,
        InKey,
        InKeyEscape,
        BeforeColon,
        InString,
        InStringEscape,
        InPrimitive,
        AfterValue,
        Ended,
        Failed,
    }

    /// <summary>The document's outermost value is complete.</summary>
    public bool Ended => _state == State.Ended;

    /// <summary>The bytes are not JSON, or nested deeper than anything an API sends.</summary>
    public bool Failed => _state == State.Failed;

    /// <summary>Forgets the document, to read the next one.</summary>
    public void Reset()
    {
        _state = State.BeforeValue;
        _depth = 0;
        _pathLength = 0;
    }

    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && _state is not (State.Ended or State.Failed))
        {
            bytes = bytes[Step(bytes)..];
        }
    }

    private int Step(ReadOnlySpan<byte> bytes)
    {
        switch (_state)
        {
            case State.InString or State.InKey:
                return ReadString(bytes);
            case State.InStringEscape or State.InKeyEscape:
                Keep(bytes[..1]);
                _state = _state == State.InStringEscape ? State.InString : State.InKey;
                return 1;
            case State.InPrimitive:
                return ReadPrimitive(bytes);
            default:
                if (bytes[0] is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
                {
                    ReadPunctuation(bytes);
                }

                return 1;
        }
    }

    private void ReadPunctuation(ReadOnlySpan<byte> bytes)
    {
        switch (_state, bytes[0])
        {
            case (State.BeforeValue, (byte)'"'):
                Begin(State.InString);
                break;
            case (State.BeforeValue, (byte)'{'):
                Open(isObject: true);
                break;
            case (State.BeforeValue, (byte)'['):
                Open(isObject: false);
                break;
            case (State.BeforeValue or State.AfterValue, (byte)']') when _depth > 0 && !_isObjectAt[_depth]:
            case (State.BeforeFirstKey or State.AfterValue, (byte)'}') when _depth > 0 && _isObjectAt[_depth]:
                Close();
                break;
            case (State.BeforeFirstKey or State.BeforeKey, (byte)'"'):
                Begin(State.InKey);
                break;
            case (State.BeforeColon, (byte)':'):
                _state = State.BeforeValue;
                break;
            case (State.AfterValue, (byte)','):
                _state = _isObjectAt[_depth] ? State.BeforeKey : State.BeforeValue;
                break;
            case (State.BeforeValue, (byte)'-' or (>= (byte)'0' and <= (byte)'9') or (byte)'t' or (byte)'f' or (byte)'n'):
                Begin(State.InPrimitive);
                Keep(bytes[..1]);
                break;
            default:
                _state = State.Failed;
                break;
        }
    }

    private int ReadString(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny((byte)'"', (byte)'\\');
        if (end < 0)
        {
            Keep(bytes);
            return bytes.Length;
        }

        Keep(bytes[..end]);
        if (bytes[end] == (byte)'\\')
        {
            Keep(bytes.Slice(end, 1));
            _state = _state == State.InString ? State.InStringEscape : State.InKeyEscape;
        }
        else if (_state == State.InKey)
        {
            SetKey();
            _state = State.BeforeColon;
        }
        else
        {
            Show(isString: true);
        }

        return end + 1;
    }

    private int ReadPrimitive(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny(EndsOfPrimitive);
        if (end < 0)
        {
            Keep(bytes);
            return bytes.Length;
        }

        Keep(bytes[..end]);
        Show(isString: false);
        return end; // The mark that ended the value has its own meaning.
    }

    private void Begin(State state)
    {
        _valueLength = 0;
        _valueIsCut = false;
        _state = state;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        var room = LongestValue - _valueLength;
        if (bytes.Length > room)
        {
            _valueIsCut = true;
            bytes = bytes[..room];
        }

        bytes.CopyTo(_value.AsSpan(_valueLength));
        _valueLength += bytes.Length;
    }

    private void Show(bool isString)
    {
        if (_depth <= DeepestPath)
        {
            visitor.OnValue(_path.AsSpan(0, _pathLength), new JsonScalar(_value.AsSpan(0, _valueLength), isString, _valueIsCut));
        }

        EndValue();
    }

    private void EndValue() => _state = _depth == 0 ? State.Ended : State.AfterValue;

    private void Open(bool isObject)
    {
        if (_depth == DeepestNesting)
        {
            _state = State.Failed;
            return;
        }

        _isObjectAt[++_depth] = isObject;
        if (_depth <= DeepestPath)
        {
            if (!isObject)
            {
                AddToPath("[]"u8);
            }

            _pathLengthAt[_depth] = _pathLength;
        }

        _state = isObject ? State.BeforeFirstKey : State.BeforeValue;
    }

    private void Close()
    {
        if (_depth <= DeepestPath)
        {
            _pathLength = _pathLengthAt[_depth];
            if (_isObjectAt[_depth])
            {
                visitor.OnObjectEnd(_path.AsSpan(0, _pathLength));
            }
        }

        _depth--;
        if (_depth <= DeepestPath)
        {
            _pathLength = _pathLengthAt[_depth];
        }

        EndValue();
    }

    private void SetKey()
    {
        if (_depth > DeepestPath)
        {
            return;
        }

        _pathLength = _pathLengthAt[_depth];
        if (_pathLength > 0)
        {
            AddToPath("."u8);
        }

        // A key with a dot or bracket in it must not look like a path.
        var key = _value.AsSpan(0, _valueLength);
        AddToPath(key.IndexOfAny(".[]"u8) < 0 ? key : "?"u8);
    }

    private void AddToPath(ReadOnlySpan<byte> piece)
    {
        if (piece.Length > LongestPath - _pathLength)
        {
            piece = piece[..(LongestPath - _pathLength)]; // Longer than any path that is asked for, so it matches none.
        }

        piece.CopyTo(_path.AsSpan(_pathLength));
        _pathLength += piece.Length;
    }
}
