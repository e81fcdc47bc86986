namespace Tracker.Proxy;

/// <summary>Ids of the proxy's log events. They are stable: a number that is no longer used stays a gap. The importer's begin at 2000.</summary>
internal static class EventIds
{
    // The process: 1000-1099
    public const int Started = 1000;
    public const int ClientHint = 1001;
    public const int UnknownSetting = 1002;
    public const int NotLoopback = 1003;
    public const int StreamsCutAtShutdown = 1004;
    public const int Stopping = 1005;
    public const int EndedAtOnce = 1006;
    public const int UrlsIgnored = 1007;
    public const int NotServing = 1008;

    // Forwarding: 1100-1199
    public const int UpstreamFailed = 1100;
    public const int UpstreamBrokeOff = 1101;
    public const int ClientHungUp = 1102;
    public const int CaptureFailed = 1103;
    public const int UpstreamWorks = 1104;
    public const int SocketBrokeOff = 1105;
    public const int RequestUnreadable = 1106;

    // Recording: 1200-1299
    public const int QueueFull = 1200;
    public const int QueueHasRoom = 1201;
    public const int StoringDelayed = 1202;
    public const int StoringResumed = 1203;
    public const int RecordSetAside = 1204;
    public const int RecordsLostAtShutdown = 1205;
    public const int BatchStored = 1206;
    public const int RecordsDropping = 1207;
    public const int RecordsDropped = 1208;
    public const int DatabaseUnusable = 1209;
    public const int DatabaseReplaced = 1210;
    public const int RecordsKeptAtShutdown = 1211;
    public const int RecordsRecovered = 1212;
    public const int JournalFailing = 1213;
    public const int JournalWorks = 1214;
    public const int JournalFileUnreadable = 1215;
    public const int JournalFileDamaged = 1216;
    public const int JournalFileNotRemoved = 1217;
    public const int WalLarge = 1218;
    public const int WalSmallAgain = 1219;
    public const int JournalStored = 1220;
    public const int WriterFailed = 1221;
    public const int JournalRecordNotTaken = 1222;
    public const int MigrationBegun = 1223;
    public const int MigrationEnded = 1224;

    // Prices: 1300-1399
    public const int PricesUnusable = 1300;
    public const int PricesChanged = 1301;
    public const int CallsPriced = 1302;
}
