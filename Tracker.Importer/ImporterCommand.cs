namespace Tracker.Importer;

/// <summary>What the command line asks for, of that which needs the database.</summary>
internal enum ImporterCommand
{
    Import,

    /// <summary>Tell how the logs stand; read nothing.</summary>
    Status,

    /// <summary>Compute all costs again.</summary>
    Reprice,
}
