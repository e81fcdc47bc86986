using System.Buffers;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// How the head of one request is written to a connection over HTTP/1.1: with its header lines kept apart, and together with the beginning of the body when
/// that is there already. YARP sends every head by itself, which costs both sides a system call and the upstream a wake-up more for each request.
/// The head waits for nothing: as soon as the body's next bytes have not come yet, it goes.
/// </summary>
internal sealed class OutgoingHead
{
    /// <summary>Head and beginning of the body in one piece; more is written in two.</summary>
    private const int MostTogether = 16 * 1024;

    /// <summary>A body up to this length is in the upstream's and the system's buffers before anybody can refuse it.</summary>
    private const int SmallUpload = 64 * 1024;

    private static readonly OutgoingHead Plain = new(keepsLinesApart: false, goesWithBody: false, isAlone: false, bodyLength: 0);

    // Set in the flow of the request, and seen by the connection's stream, because HttpClient writes the head within that flow.
    private static readonly AsyncLocal<OutgoingHead?> Flow = new();

    private State _state;
    private Stream? _connection;
    private byte[] _held = [];
    private int _heldLength;
    private Task _sent = Task.CompletedTask;

    private OutgoingHead(bool keepsLinesApart, bool goesWithBody, bool isAlone, long bodyLength) =>
        (KeepsLinesApart, IsAlone, BodyLength, _state) = (keepsLinesApart, isAlone, bodyLength, goesWithBody ? State.Awaited : State.Passing);

    private enum State
    {
        /// <summary>The head is still to be written by HttpClient.</summary>
        Awaited,

        /// <summary>It is held for the body, which is read next.</summary>
        Held,

        /// <summary>The body keeps people waiting, so the head has gone ahead.</summary>
        GoneAhead,

        /// <summary>Bytes pass as they come.</summary>
        Passing,
    }

    /// <summary>That of the request in whose flow this is asked; null for one that needs nothing of this, and outside of all.</summary>
    public static OutgoingHead? Current => Flow.Value is { } head && head != Plain ? head : null;

    /// <summary>This is the flow of a request, and not of HttpClient's own work.</summary>
    public static bool IsInFlow => Flow.Value is not null;

    /// <summary>The head has lines to keep apart, and every mark in it is one of ours.</summary>
    public bool KeepsLinesApart { get; private set; }

    /// <summary>Nothing follows it: what is written after it is the same head again, for an HTTP proxy that has asked for a password.</summary>
    public bool IsAlone { get; }

    /// <summary>In bytes; <see cref="long.MaxValue"/> for a body that does not tell, 0 for one that may not be there.</summary>
    public long BodyLength { get; }

    /// <summary>The body is so long that the upstream may refuse it before it has come.</summary>
    public bool IsUpload => BodyLength > SmallUpload;

    /// <summary>
    /// To be called in the request's own flow, before it is sent. (An AsyncLocal that a called asynchronous method sets is not seen by its caller.)
    /// </summary>
    /// <param name="keepLinesApart">See <see cref="SeparateHeaderLines"/>.</param>
    /// <param name="goWithBody">The request surely has a body, and whoever reads it calls <see cref="GoAhead"/> before waiting for it.</param>
    /// <param name="isAlone">The request surely has no body, and is none for an upgrade.</param>
    /// <param name="bodyLength">See <see cref="BodyLength"/>.</param>
    public static OutgoingHead? Begin(bool keepLinesApart, bool goWithBody, bool isAlone = false, long bodyLength = 0)
    {
        Flow.Value = keepLinesApart || goWithBody || bodyLength > SmallUpload ? new OutgoingHead(keepLinesApart, goWithBody, isAlone, bodyLength) : Plain;
        return Current;
    }

    /// <summary>To be called before the request is sent, if its lines are not marked.</summary>
    public void JoinLines() => KeepsLinesApart = false;

    /// <summary>Writes a piece of the request, or holds it when it is the head and the body comes at once.</summary>
    public ValueTask WriteAsync(Stream connection, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        switch (_state)
        {
            case State.Awaited when IsWholeHead(bytes.Span):
                Hold(connection, bytes.Span);
                return ValueTask.CompletedTask;
            case State.Held:
                return WriteTogetherAsync(bytes, cancellationToken);
            case State.GoneAhead:
                return WriteAfterHeadAsync(connection, bytes, cancellationToken);
            default:
                _state = State.Passing;
                return connection.WriteAsync(bytes, cancellationToken);
        }
    }

    /// <summary>The body's next bytes are still to come. A fault of the connection shows at the next write: it is not the body's.</summary>
    public void GoAhead()
    {
        if (_state == State.Held)
        {
            _state = State.GoneAhead;
            _sent = WriteHeldAsync(CancellationToken.None).AsTask();
        }
    }

    private static bool IsWholeHead(ReadOnlySpan<byte> bytes) => bytes.Length < MostTogether && bytes.StartsWith("POST "u8) && bytes.EndsWith("\r\n\r\n"u8);

    private void Hold(Stream connection, ReadOnlySpan<byte> head)
    {
        _held = ArrayPool<byte>.Shared.Rent(MostTogether);
        head.CopyTo(_held);
        (_connection, _heldLength, _state) = (connection, head.Length, State.Held);
    }

    private async ValueTask WriteTogetherAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        _state = State.Passing;
        var fits = body.Length <= MostTogether - _heldLength;
        if (fits)
        {
            body.CopyTo(_held.AsMemory(_heldLength));
            _heldLength += body.Length;
        }

        var connection = _connection!;
        await WriteHeldAsync(cancellationToken);
        if (!fits)
        {
            await connection.WriteAsync(body, cancellationToken);
        }
    }

    private async ValueTask WriteAfterHeadAsync(Stream connection, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        _state = State.Passing;
        await _sent;
        await connection.WriteAsync(body, cancellationToken);
    }

    private async ValueTask WriteHeldAsync(CancellationToken cancellationToken)
    {
        var (connection, held) = (_connection!, _held);
        (_connection, _held) = (null, []);
        await connection.WriteAsync(held.AsMemory(0, _heldLength), cancellationToken);
        ArrayPool<byte>.Shared.Return(held); // One that could not be written is left to the garbage collector.
    }
}
