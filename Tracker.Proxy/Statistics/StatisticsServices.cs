namespace Tracker.Proxy.Statistics;

internal static class StatisticsServices
{
    /// <summary>The reports.</summary>
    public static IServiceCollection AddStatistics(this IServiceCollection services) => services.AddSingleton<CallReports>().AddSingleton<Reports>().AddSingleton<ReportThreads>().AddSingleton<UnpricedModels>();
}
