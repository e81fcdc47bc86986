namespace Tracker.Importer.Sources;

/// <summary>For how long a client keeps its logs before it deletes them itself.</summary>
/// <param name="Days">After their last use.</param>
/// <param name="IsDefault">The user has set nothing.</param>
/// <param name="Setting">What to set.</param>
/// <param name="SettingsFile">Where.</param>
internal sealed record LogRetention(int Days, bool IsDefault, string Setting, string SettingsFile);
