namespace Tracker.Importer;

/// <summary>Ids of the importer's log events. They are stable: a number that is no longer used stays a gap. The proxy's are 1000 to 1999.</summary>
internal static class EventIds
{
    // The process: 2000-2099
    public const int PassEnded = 2000;
    public const int PassFailed = 2001;
    public const int PassWorksAgain = 2002;
    public const int Watching = 2003;
    public const int UnknownSetting = 2004;
    public const int CannotWatch = 2005;
    public const int WatchesAgain = 2006;
    public const int RootWithoutLogs = 2007;
    public const int PassBroke = 2008;

    // Files: 2100-2199
    public const int LineMalformed = 2100;
    public const int MoreLinesMalformed = 2101;
    public const int FileUnreadable = 2102;
    public const int FolderUnreadable = 2103;
    public const int FileReadAgain = 2104;
    public const int FileFailed = 2105;
    public const int EntryMalformed = 2106;

    // Storing: 2200-2299
    public const int DatabaseLocked = 2200;
    public const int DatabaseFree = 2201;
    public const int RecordSetAside = 2202;
    public const int MigrationBegun = 2203;
    public const int MigrationEnded = 2204;

    // Prices: 2300-2399
    public const int PricesUnusable = 2300;
    public const int CallsPriced = 2301;

    // Care of the data: 2400-2499
    public const int CallsPruned = 2400;
}
