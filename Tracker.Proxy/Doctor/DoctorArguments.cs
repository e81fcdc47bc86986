namespace Tracker.Proxy.Doctor;

/// <summary>The options of <c>tracker-proxy doctor</c>.</summary>
/// <param name="Json">One JSON document instead of a page.</param>
/// <param name="Offline">No upstream is asked.</param>
/// <param name="Repair">A damaged database is replaced by what can be read of it.</param>
/// <param name="Settings">The rest of the command line: settings.</param>
internal sealed record DoctorArguments(bool Json, bool Offline, bool Repair, IReadOnlyList<string> Settings);
