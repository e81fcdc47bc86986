using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tracker.Storage.Care;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;

namespace Tracker.Storage.Connections;

/// <summary>Registers the shared storage.</summary>
public static class StorageServices
{
    public static IServiceCollection AddTrackerStorage(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<StorageOptions, StorageOptionsValidator>().BindConfiguration(StorageOptions.SectionName);
        services.AddOptionsWithValidateOnStart<RetentionOptions, RetentionOptionsValidator>().BindConfiguration(RetentionOptions.SectionName);
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSingleton<TrackerConnectionFactory>()
            .AddSingleton<UsageStatistics>().AddSingleton<SessionStatistics>().AddSingleton<CallQueries>().AddSingleton<LimitQueries>().AddSingleton<InsightQueries>().AddSingleton<CacheSavings>().AddSingleton<ImportStatus>()
            .AddSingleton(_ => PriceBooks.OfUser()).AddSingleton<PricingQueries>()
            .AddSingleton<DatabaseExamination>().AddSingleton<DatabaseKeeping>().AddSingleton<CallExport>().AddSingleton<DatabaseRepair>();
    }
}
