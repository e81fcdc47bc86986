using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;
using Tracker.Storage.Schema;
using Tracker.Storage.Usage;

namespace Tracker.Tests.Support;

/// <summary>A real database in a folder of its own.</summary>
internal sealed class TestDatabase : IDisposable
{
    private readonly TempDirectory? _temporary;

    public TestDatabase(TimeSpan? busyTimeout = null)
    {
        _temporary = new TempDirectory();
        Folder = _temporary.Path;
        Connections = Factory(busyTimeout ?? TimeSpan.FromSeconds(3));
    }

    /// <summary>One in a folder that somebody else removes.</summary>
    public TestDatabase(string folder)
    {
        Folder = folder;
        Connections = Factory(TimeSpan.FromSeconds(3));
    }

    public string Folder { get; }

    public string Path => System.IO.Path.Combine(Folder, "tracker.db");

    public TrackerConnectionFactory Connections { get; }

    public void Write(params UsageRecord[] records)
    {
        using var writer = new UsageWriter(Connections, PriceBooks.Embedded);
        writer.Write(records);
    }

    /// <summary>Every column of every row of <c>usage</c> but its id, ordered by key, as text that can be compared.</summary>
    public IReadOnlyList<string> Rows() => [.. Query("SELECT * FROM usage ORDER BY usage_key").Select(row => string.Join(' ', row.Where(column => column.Key != "id" && column.Value is not null).Select(column => $"{column.Key}={column.Value}")))];

    public IReadOnlyList<IDictionary<string, object?>> Query(string sql)
    {
        using var connection = Connections.OpenReadOnly();
        return [.. connection.Query(sql).Select(row => (IDictionary<string, object?>)row)];
    }

    public void Execute(string sql)
    {
        using var connection = Connections.Open();
        connection.Execute(sql);
    }

    public T? Scalar<T>(string sql)
    {
        using var connection = Connections.OpenReadOnly();
        return connection.ExecuteScalar<T>(sql);
    }

    /// <summary>Makes the database as the Tracker before the last change of the schema would have. <see cref="Connections"/> bring it up to date.</summary>
    /// <returns>A connection to it, which has not.</returns>
    public SqliteConnection MakeEarlier()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        connection.Execute("PRAGMA journal_mode = WAL");
        Migrations.Apply(connection, Path, () => throw new InvalidOperationException("a new one is not copied"), [.. Migrations.ReadAll().SkipLast(1)]);
        return connection;
    }

    /// <summary>Waits until a query gives a number.</summary>
    public async Task WaitForAsync(string sql, long number, CancellationToken cancellationToken)
    {
        while (!File.Exists(Path) || Scalar<long?>(sql) != number)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    public void Dispose() => _temporary?.Dispose();

    private TrackerConnectionFactory Factory(TimeSpan busyTimeout) =>
        new(new FixedOptions<StorageOptions>(new StorageOptions { DatabasePath = Path, BusyTimeout = busyTimeout }));
}

/// <summary>Options that a test sets and may change.</summary>
internal sealed class FixedOptions<T>(T value) : IOptionsMonitor<T>
{
    public T CurrentValue { get; set; } = value;

    public T Get(string? name) => CurrentValue;

    public IDisposable? OnChange(Action<T, string?> listener) => null;
}
