namespace Tracker.Proxy.Paths;

/// <summary>What the command line says.</summary>
/// <param name="Json">The result as one JSON document.</param>
/// <param name="Database">The path of the database alone.</param>
/// <param name="Write">Write them into the user's settings.</param>
/// <param name="TakeBack">Take back what was written.</param>
/// <param name="Settings">The settings among the arguments.</param>
internal sealed record PathsArguments(bool Json, bool Database, bool Write, bool TakeBack, IReadOnlyList<string> Settings);
