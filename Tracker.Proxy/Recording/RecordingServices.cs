using Tracker.Storage.Schema;

namespace Tracker.Proxy.Recording;

internal static class RecordingServices
{
    /// <summary>The queue, the journal and the writer.</summary>
    public static IServiceCollection AddRecording(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<RecordingOptions, RecordingOptionsValidator>().BindConfiguration(RecordingOptions.SectionName);
        return services.AddSingleton<UsageQueue>().AddSingleton<Journal>().AddSingleton<JournalReplay>().AddSingleton<DiskReserve>().AddSingleton<RecordStore>().AddSingleton<RollupKeeper>().AddSingleton<PriceKeeper>().AddSingleton<WalKeeper>().AddSingleton<WriterStatus>().AddSingleton<IMigrationObserver, MigrationLog>().AddHostedService<UsageWriterService>();
    }
}
