using Dapper;
using Tracker.Storage.Connections;
using Tracker.Storage.Schema;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class MigrationsTests
{
    private readonly TempDirectory _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Many_first_openings_at_the_same_moment_make_one_database()
    {
        // Threads of one process with a factory each; two processes are in FirstStartTests.
        for (var round = 0; round < 10; round++)
        {
            var path = _folder.File($"{round}/tracker.db");
            using var start = new ManualResetEventSlim();
            var opening = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
            {
                start.Wait();
                using var connection = Factory(path).Open();
                return connection.ExecuteScalar<long>("PRAGMA user_version");
            }, TaskCreationOptions.LongRunning)).ToArray();
            start.Set();

            Assert.That(Task.WhenAll(opening).GetAwaiter().GetResult(), Is.All.EqualTo(Migrations.NewestVersion));
        }
    }

    [Test]
    public void Database_of_a_newer_version_is_refused_and_left_alone()
    {
        var path = _folder.File("tracker.db");
        using (var connection = Factory(path).Open())
        {
            connection.Execute($"PRAGMA user_version = {Migrations.NewestVersion + 1}; PRAGMA wal_checkpoint(TRUNCATE);");
        }

        var bytes = File.ReadAllBytes(path);

        Assert.That(() => Factory(path).Open(), Throws.InstanceOf<StorageException>().With.Message.Contains("made by a newer Tracker").And.Message.Contains(path));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(bytes));
    }

    [Test]
    public void Columns_are_those_that_people_and_scripts_rely_on()
    {
        using var connection = Factory(_folder.File("tracker.db")).Open();
        string[] promised =
        [
            "usage_key", "occurred_at_ms", "provider", "client", "request_model", "response_model", "input_tokens", "output_tokens", "reasoning_tokens", "cache_read_tokens",
            "cache_creation_5m_tokens", "cache_creation_1h_tokens", "web_search_requests", "quality", "evidence", "outcome", "status_code", "stop_reason", "streamed", "duration_ms",
            "time_to_first_token_ms", "request_id", "session_id", "agent_id", "parent_agent_id", "project", "tool_call_count", "service_tier", "speed", "inference_geo", "auth_mode",
            "user_agent", "prompt_preview", "cost_nano_usd", "price_id", "client_cost_nano_usd",
        ];

        Assert.That(connection.Query<string>("SELECT name FROM pragma_table_info('usage')"), Is.SupersetOf(promised));
        Assert.That(connection.Query<string>("SELECT name FROM pragma_table_info('tool_call')"), Is.EquivalentTo(["usage_id", "tool_use_id", "name"]));
    }

    private static TrackerConnectionFactory Factory(string path) => new(new FixedOptions<StorageOptions>(new StorageOptions { DatabasePath = path }));
}
