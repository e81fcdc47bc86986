namespace Tracker.Storage.Schema;

/// <summary>A database with an earlier schema is brought to that of this program.</summary>
/// <param name="Database">Where it is.</param>
/// <param name="From">The schema it has.</param>
/// <param name="To">The schema that this program knows.</param>
/// <param name="Copy">Where the copy is that is made first.</param>
public sealed record SchemaMigration(string Database, int From, int To, string Copy);
