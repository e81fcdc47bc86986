namespace Tracker.Storage.Care;

/// <summary>What keeps a database from being used.</summary>
public enum DatabaseFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>There is no file.</summary>
    Missing,

    /// <summary>This user cannot open or read it.</summary>
    Unreadable,

    /// <summary>This user can read it, and not write to it.</summary>
    ReadOnly,

    /// <summary>Another program has held it for longer than the busy timeout.</summary>
    Locked,

    /// <summary>It is damaged, or no database at all.</summary>
    Damaged,

    /// <summary>A newer Tracker has made it.</summary>
    Newer,

    /// <summary>It is another program's.</summary>
    Foreign,
}
