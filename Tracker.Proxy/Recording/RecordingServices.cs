namespace Tracker.Proxy.Recording;

internal static class RecordingServices
{
    /// <summary>The queue and its writer.</summary>
    public static IServiceCollection AddRecording(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<RecordingOptions, RecordingOptionsValidator>().BindConfiguration(RecordingOptions.SectionName);
        return services.AddSingleton<UsageQueue>().AddSingleton<WriterStatus>().AddHostedService<UsageWriterService>();
    }
}
