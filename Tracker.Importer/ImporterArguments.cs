namespace Tracker.Importer;

/// <summary>The options of the command line.</summary>
/// <param name="Command">What is to be done.</param>
/// <param name="Watch">Stay, and make a pass every <c>Importer:Interval</c>.</param>
/// <param name="Again">Read all logs from their beginning, in the first pass.</param>
/// <param name="Json">The result as one JSON document.</param>
/// <param name="DryRun">Tell what would change.</param>
/// <param name="Sources">Only these clients; empty for all.</param>
/// <param name="Settings">The rest of the command line: settings.</param>
internal sealed record ImporterArguments(ImporterCommand Command, bool Watch, bool Again, bool Json, bool DryRun, IReadOnlyList<string> Sources, IReadOnlyList<string> Settings);
