using Microsoft.Extensions.Options;
using Tracker.Storage.Connections;

namespace Tracker.Benchmarks;

/// <summary>Connections to a database of the benchmark, by the factory that the programs use.</summary>
internal static class Databases
{
    public static TrackerConnectionFactory At(string path) => new(new Settings(new StorageOptions { DatabasePath = path }));

    private sealed class Settings(StorageOptions value) : IOptionsMonitor<StorageOptions>
    {
        public StorageOptions CurrentValue => value;

        public StorageOptions Get(string? name) => value;

        public IDisposable? OnChange(Action<StorageOptions, string?> listener) => null;
    }
}
