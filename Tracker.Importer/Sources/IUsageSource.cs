using System.Text.Json;

namespace Tracker.Importer.Sources;

/// <summary>The logs of one client: where they are, and how a line of them is read. Adding a client means adding one of these in a folder of its own.</summary>
internal interface IUsageSource
{
    /// <summary>The client's name, as in <c>usage.client</c> and <c>--source</c>.</summary>
    string Client { get; }

    /// <summary>What every line that carries usage contains; other lines are not parsed.</summary>
    ReadOnlySpan<byte> Marker { get; }

    /// <summary>The folders where this client's logs may be. They need not exist.</summary>
    IReadOnlyList<string> FindRoots();

    /// <summary>Reads one line that contains <see cref="Marker"/>.</summary>
    /// <exception cref="JsonException">The line is not JSON.</exception>
    /// <exception cref="FormatException">The line lacks what a usage record needs; the message says what.</exception>
    UsageLine Read(ReadOnlySpan<byte> line);
}
