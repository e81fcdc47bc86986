using Microsoft.Data.Sqlite;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Recording;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;

namespace Tracker.Proxy.Statistics;

/// <summary><c>/status</c>, <c>/healthz</c> and the front page.</summary>
internal static class StatusEndpoints
{
    private const string FrontPage = """
        Tracker forwards calls to LLM APIs and records what they used.

          /dashboard       all of it in a browser
          /stats/summary   what was used and what it cost (?format=text|json|csv|line)
          /stats           the list of all reports
          /status          how the recording is doing
          /healthz         whether forwarding works

        """;

    public static void MapStatus(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/", OwnPages.Methods, () => Results.Text(FrontPage)); // Claude Code looks by a HEAD whether its base URL answers at all.
        endpoints.MapMethods("/healthz", OwnPages.Methods, () => Results.Text("ok\n"));
        endpoints.MapMethods("/status", OwnPages.Methods, (HttpContext context, UsageQueue queue, Journal journal, WriterStatus writer, CallCaptureFactory captures, UnreadCalls unread, TrackerConnectionFactory connections, ImportStatus imports, PriceBooks prices, UnpricedModels unpriced, ReportThreads threads) =>
            threads.StatusAsync(context, () => Results.Json(Status(queue, journal, writer, captures, unread, connections, imports, prices, unpriced), StatisticsJson.Default.StatusDocument)));
    }

    private static StatusDocument Status(
        UsageQueue queue, Journal journal, WriterStatus writer, CallCaptureFactory captures, UnreadCalls unread, TrackerConnectionFactory connections, ImportStatus imports, PriceBooks prices, UnpricedModels unpricedModels)
    {
        var (lastImport, unpriced, error) = Read(imports, prices.Current, unpricedModels);
        return new StatusDocument
        {
            Version = TrackerVersion.Text,
            Database = connections.DatabasePath,
            QueueDepth = queue.Depth + writer.Held,
            QueueCapacity = queue.Capacity,
            Accepted = queue.Accepted,
            Stored = writer.Stored,
            Dropped = queue.Dropped + writer.Lost,
            SetAside = writer.SetAside,
            Recovered = writer.Recovered,
            Spilled = journal.Spilled,
            JournalBytes = journal.Bytes,
            JournalState = journal.State.ToString().ToLowerInvariant(),
            JournalReason = journal.Reason,
            DatabaseBytes = connections.DatabaseBytes,
            WalBytes = connections.WalBytes,
            OpenCalls = captures.Open,
            WriterState = writer.State.ToString().ToLowerInvariant(),
            WriterStateSince = writer.StateSince,
            WriterReason = writer.Reason,
            LastStore = writer.LastStore,
            LastImport = lastImport,
            UnpricedModels = unpriced,
            UnreadCalls = unread.All,
            PricesError = prices.Trouble,
            DatabaseError = error,
        };
    }

    private static (DateTimeOffset? LastImport, IReadOnlyList<UnpricedDocument> Unpriced, string? Error) Read(ImportStatus imports, PriceBook prices, UnpricedModels models)
    {
        try
        {
            var unpriced = models.Get().Select(model => new UnpricedDocument(model.Provider, model.Model, model.Calls, model.LastAt, prices.WhyUnpriced(model)));
            return (imports.ReadLastImport(), [.. unpriced], null);
        }
        catch (Exception exception) when (exception is SqliteException or StorageException)
        {
            return (null, [], exception.Message);
        }
    }
}
