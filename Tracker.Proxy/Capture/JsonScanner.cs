using System.Buffers;
using System.Collections;
using System.Runtime.CompilerServices;

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

    private const int NestingInBits = 64;

    private static readonly SearchValues<byte> EndsOfPrimitive = SearchValues.Create(" \n\r\t,]}"u8);

    private PathLengths _pathLengthAt;
    private byte[] _path = new byte[64]; // Grows up to LongestPath; most paths are short.
    private byte[]? _value; // Only for a value that comes in more than one piece.
    private ulong _isObjectAt; // One bit for each depth; what is deeper is in the next one.
    private BitArray? _isObjectAtDeeper;
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
        Skipped,
        Failed,
    }

    /// <summary>Nothing of a document has come but white space.</summary>
    public bool IsAtStart => _state == State.BeforeValue && _depth == 0;

    /// <summary>The document's outermost value is complete, or the rest of it is skipped.</summary>
    public bool Ended => _state is State.Ended or State.Skipped;

    /// <summary>The bytes are not JSON, or nested deeper than anything an API sends.</summary>
    public bool Failed => _state == State.Failed;

    /// <summary>Forgets the document, to read the next one.</summary>
    public void Reset()
    {
        _state = State.BeforeValue;
        _depth = 0;
        _pathLength = 0;
    }

    /// <summary>Takes the rest of the document as read: nothing in it is wanted.</summary>
    public void Skip() => _state = State.Skipped;

    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && _state < State.Ended)
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
                    ReadPunctuation(bytes[0]);
                }

                return _state == State.InPrimitive ? 0 : 1; // A primitive's first byte is part of it.
        }
    }

    private void ReadPunctuation(byte mark)
    {
        switch (_state, mark)
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
            case (State.BeforeValue or State.AfterValue, (byte)']') when _depth > 0 && !IsInObject:
            case (State.BeforeFirstKey or State.AfterValue, (byte)'}') when _depth > 0 && IsInObject:
                Close();
                break;
            case (State.BeforeFirstKey or State.BeforeKey, (byte)'"'):
                Begin(State.InKey);
                break;
            case (State.BeforeColon, (byte)':'):
                _state = State.BeforeValue;
                break;
            case (State.AfterValue, (byte)','):
                _state = IsInObject ? State.BeforeKey : State.BeforeValue;
                break;
            case (State.BeforeValue, (byte)'-' or (>= (byte)'0' and <= (byte)'9') or (byte)'t' or (byte)'f' or (byte)'n'):
                Begin(State.InPrimitive);
                break;
            default:
                _state = State.Failed;
                break;
        }
    }

    private int ReadString(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var length = bytes[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (length < 0)
            {
                break;
            }

            at += length;
            if (bytes[at] == (byte)'"')
            {
                EndString(bytes[..at]);
                return at + 1;
            }

            if (at + 1 == bytes.Length)
            {
                Keep(bytes);
                _state = _state == State.InString ? State.InStringEscape : State.InKeyEscape;
                return bytes.Length;
            }

            at += 2;
        }

        Keep(bytes);
        return bytes.Length;
    }

    private void EndString(ReadOnlySpan<byte> rest)
    {
        var value = Whole(rest);
        if (_state == State.InKey)
        {
            SetKey(value);
            _state = State.BeforeColon;
        }
        else
        {
            Show(value, isString: true);
        }
    }

    private int ReadPrimitive(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny(EndsOfPrimitive);
        if (end < 0)
        {
            Keep(bytes);
            return bytes.Length;
        }

        Show(Whole(bytes[..end]), isString: false);
        return end; // The mark that ended the value has its own meaning.
    }

    private void Begin(State state)
    {
        _valueLength = 0;
        _valueIsCut = false;
        _state = state;
    }

    /// <summary>Keeps a piece of a value that goes on in the next one.</summary>
    private void Keep(ReadOnlySpan<byte> bytes)
    {
        var room = LongestValue - _valueLength;
        if (bytes.Length > room)
        {
            _valueIsCut = true;
            bytes = bytes[..room];
        }

        _value ??= new byte[LongestValue];
        bytes.CopyTo(_value.AsSpan(_valueLength));
        _valueLength += bytes.Length;
    }

    /// <summary>The value that ends with these bytes, without a copy where they are all of it.</summary>
    private ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> rest)
    {
        if (_valueLength == 0)
        {
            _valueIsCut = rest.Length > LongestValue;
            return _valueIsCut ? rest[..LongestValue] : rest;
        }

        Keep(rest);
        return _value.AsSpan(0, _valueLength);
    }

    private void Show(ReadOnlySpan<byte> value, bool isString)
    {
        if (_depth <= DeepestPath)
        {
            visitor.OnValue(_path.AsSpan(0, _pathLength), new JsonScalar(value, isString, _valueIsCut));
        }

        EndValue();
    }

    private void EndValue()
    {
        if (_state != State.Skipped)
        {
            _state = _depth == 0 ? State.Ended : State.AfterValue;
        }
    }

    private void Open(bool isObject)
    {
        if (_depth == DeepestNesting)
        {
            _state = State.Failed;
            return;
        }

        _depth++;
        SetIsObject(isObject);
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
            if (IsInObject)
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

    private bool IsInObject => _depth < NestingInBits ? (_isObjectAt & (1UL << _depth)) != 0 : _isObjectAtDeeper![_depth];

    private void SetIsObject(bool isObject)
    {
        if (_depth >= NestingInBits)
        {
            _isObjectAtDeeper ??= new BitArray(DeepestNesting + 1);
            _isObjectAtDeeper[_depth] = isObject;
            return;
        }

        var bit = 1UL << _depth;
        _isObjectAt = isObject ? _isObjectAt | bit : _isObjectAt & ~bit;
    }

    private void SetKey(ReadOnlySpan<byte> key)
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
        AddToPath(key.IndexOfAny(".[]"u8) < 0 ? key : "?"u8);
    }

    private void AddToPath(ReadOnlySpan<byte> piece)
    {
        if (piece.Length > LongestPath - _pathLength)
        {
            piece = piece[..(LongestPath - _pathLength)]; // Longer than any path that is asked for, so it matches none.
        }

        if (piece.Length > _path.Length - _pathLength)
        {
            Array.Resize(ref _path, Math.Min(LongestPath, 2 * (_pathLength + piece.Length)));
        }

        piece.CopyTo(_path.AsSpan(_pathLength));
        _pathLength += piece.Length;
    }

    [InlineArray(DeepestPath + 1)]
    private struct PathLengths
    {
        private int _first;
    }
}
