using System.Text;
using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers;

/// <summary>Where one API's requests have what a record needs, as paths of <see cref="Capture.JsonScanner"/>. <c>model</c> and <c>stream</c> are the same everywhere.</summary>
internal sealed class RequestShape
{
    public delegate string? SessionReader(JsonScalar value);

    /// <summary>The client's session; empty where there is none.</summary>
    public string Session
    {
        init => SessionPath = Encoding.UTF8.GetBytes(value);
    }

    /// <summary>Takes the session out of that value. Without such a value the path is that of a document which is one scalar, and that is no session.</summary>
    public SessionReader SessionOf { get; init; } = _ => null;

    /// <summary>What is asked where no <c>model</c> is; empty where it is always one.</summary>
    public string ModelElse
    {
        init => ModelElsePath = Encoding.UTF8.GetBytes(value);
    }

    /// <summary>What may stand before a model's name; it is left out, as in answers.</summary>
    public string ModelPrefix { get; init; } = "";

    /// <summary>One message of the conversation; its <c>role</c> tells whose.</summary>
    public string Turn
    {
        init => (TurnPath, RolePath) = (Encoding.UTF8.GetBytes(value), Encoding.UTF8.GetBytes(value + ".role"));
    }

    /// <summary>Where the system prompt is, besides a first message of the role <c>system</c> or <c>developer</c>.</summary>
    public string[] System
    {
        init => SystemPaths = [.. value.Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>Where a message has its text.</summary>
    public string[] Texts
    {
        init => TextPaths = [.. value.Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>Whether an answer is streamed when the request does not say.</summary>
    public bool StreamsUnlessTold { get; init; }

    public byte[] ModelElsePath { get; private init; } = [];

    public byte[] SessionPath { get; private init; } = [];

    public byte[][] SystemPaths { get; private init; } = [];

    public byte[] TurnPath { get; private init; } = [];

    public byte[] RolePath { get; private init; } = [];

    public byte[][] TextPaths { get; private init; } = [];
}
