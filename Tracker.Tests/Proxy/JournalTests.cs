using System.Text;
using System.Text.Json;
using CsCheck;
using Tracker.Proxy;
using Tracker.Proxy.Recording;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class JournalTests
{
    private readonly TestDatabase _database = new(busyTimeout: TimeSpan.FromSeconds(1));
    private readonly RecordingOptions _options = new() { DrainTimeout = TimeSpan.FromSeconds(20), JournalBytes = 4 * JournalSegment.Size };
    private RecordingUnderTest _recording = null!;

    [SetUp]
    public void SetUp() => _recording = new RecordingUnderTest(_database, _options);

    [TearDown]
    public void TearDown()
    {
        _recording.Journal.Stop();
        _recording.Dispose();
        _database.Dispose();
    }

    private string Folder => Path.Combine(_database.Folder, "journal");

    private string[] Files => Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder).Order(StringComparer.Ordinal)] : [];

    private static UsageRecord Full(string text = "text") => new()
    {
        Key = Some.Key(),
        Evidence = Evidence.Wire,
        Quality = CountQuality.Partial,
        Outcome = CallOutcome.Incomplete,
        OccurredAt = Some.Time.AddMilliseconds(7),
        Provider = text,
        Client = text,
        RequestModel = text,
        ResponseModel = text,
        ModelSteppedIn = true,
        InputTokens = 1,
        OutputTokens = long.MaxValue,
        ReasoningTokens = 3,
        CacheReadTokens = 4,
        CacheCreation5mTokens = 5,
        CacheCreation1hTokens = 6,
        WebSearchRequests = 7,
        StatusCode = 200,
        StopReason = text,
        Streamed = true,
        DurationMs = 8,
        TimeToFirstTokenMs = 9,
        RequestId = text,
        SessionId = text,
        AgentId = text,
        ParentAgentId = text,
        Project = text,
        ServiceTier = text,
        Speed = text,
        InferenceGeo = text,
        AuthMode = AuthMode.Subscription,
        UserAgent = text,
        PromptPreview = text,
        ClientCostNanoUsd = 10,
        Limits = [new LimitSample(text, Some.Time, 0.5, Some.Time.AddHours(1), text)],
        ToolCalls = [new ToolCall("toolu_1", text), new ToolCall("toolu_2", "Bash")],
    };

    [Test]
    public void Record_comes_back_whole_whatever_its_strings_hold() =>
        Gen.String.Sample(text =>
        {
            // What is no text (half a surrogate pair) cannot come from the network's bytes, and would be replaced.
            var record = Full(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));

            var line = JournalLine.Encode(record);

            Assert.That(line[0], Is.EqualTo((byte)'\n'));
            Assert.That(line[1..].IndexOf((byte)'\n'), Is.EqualTo(line.Length - 2), "the line ends where the record does");
            var back = JournalLine.Decode(line[1..^1])!;
            Assert.That(back.ToolCalls, Is.EqualTo(record.ToolCalls));
            Assert.That(back.Limits, Is.EqualTo(record.Limits));
            Assert.That(back with { ToolCalls = record.ToolCalls, Limits = record.Limits }, Is.EqualTo(record));
        });

    [Test]
    public void Every_member_of_a_record_is_in_the_journal()
    {
        var line = Encoding.UTF8.GetString(JournalLine.Encode(Full()));

        var nulls = typeof(UsageRecord).GetProperties().Where(property => property.GetValue(Full()) is null).Select(property => property.Name);
        Assert.That(nulls, Is.Empty, "the test's record must say everything");
        Assert.That(line.Split("\":").Length - 1, Is.EqualTo(typeof(UsageRecord).GetProperties().Length + 2 * typeof(ToolCall).GetProperties().Length + typeof(LimitSample).GetProperties().Length));
    }

    [Test]
    public void Record_is_written_as_the_serializer_writes_it()
    {
        foreach (var record in (UsageRecord[])[Full("\u00e9\"<\n"), Some.Usage(), new() { Key = Some.Usage().Key, Evidence = Evidence.Wire, Quality = CountQuality.Final, Outcome = CallOutcome.Completed, OccurredAt = Some.Time }])
        {
            var line = Encoding.UTF8.GetString(JournalLine.Encode(record)[10..^1]);

            Assert.That(line, Is.EqualTo(JsonSerializer.Serialize(record, JournalJson.Default.UsageRecord)));
        }
    }

    [Test]
    public void Changed_byte_is_noticed_wherever_it_is()
    {
        var line = JournalLine.Encode(Full())[1..^1].ToArray();
        for (var i = 0; i < line.Length; i++)
        {
            line[i] ^= 1;
            Assert.That(JournalLine.Decode(line), Is.Null, $"byte {i}");
            line[i] ^= 1;
        }

        Assert.That(JournalLine.Decode(line), Is.Not.Null);
    }

    [Test]
    public void Giant_record_is_left_to_memory()
    {
        _recording.Journal.Start();

        Assert.That(_recording.Journal.TryAppend(Full(new string('x', 100_000))), Is.Null);
        Assert.That(_recording.Journal.TryAppend(Full()), Is.Not.Null);
        Assert.That(_recording.Journal.State, Is.EqualTo(JournalState.On));
    }

    [Test]
    public void Appends_of_many_threads_are_all_there_across_segments()
    {
        _recording.Journal.Start();
        const int each = 4000;

        var taken = Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4)
            .Sum(_ => Enumerable.Range(0, each).Count(_ => _recording.Journal.TryAppend(Full()) is not null));

        // About 15 MB: some may have come between two segments, when none was ready or the limit was reached; what was taken is there.
        Assert.That(taken, Is.GreaterThan(3 * each / 2));
        var records = Files.Select(JournalFile.Read).ToList();
        Assert.That(records.Sum(file => file.Records.Count), Is.EqualTo(taken));
        Assert.That(records.SelectMany(file => file.Records).Select(record => record.Key).Distinct().Count(), Is.EqualTo(taken));
        Assert.That(records.Sum(file => file.DamagedLines), Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task Journal_stays_within_its_bound_and_says_when_it_is_full(CancellationToken cancellationToken)
    {
        _recording.Journal.Start();
        // It is full for a moment as well when the next segment is late.
        while (_recording.Journal.State == JournalState.On || _recording.Journal.Bytes < _options.JournalBytes)
        {
            _recording.Journal.TryAppend(Full());
            cancellationToken.ThrowIfCancellationRequested();
        }

        Assert.That(Files.Sum(file => new FileInfo(file).Length), Is.LessThanOrEqualTo(_options.JournalBytes));
        Assert.That(_recording.Journal.TryAppend(Full()), Is.Null);
        await Task.CompletedTask;
    }

    [Test, CancelAfter(60_000)]
    public async Task What_a_killed_process_left_is_stored_at_the_next_start_and_removed(CancellationToken cancellationToken)
    {
        _recording.Journal.Start(); // The first process: it accepts and is never seen again.
        _recording.Enqueue(1700);

        using var next = new RecordingUnderTest(_database, _options);
        using var service = await next.StartAsync(cancellationToken);
        await next.Log.UntilAsync(() => next.Status.Recovered == 1700, cancellationToken);
        await service.StopAsync(cancellationToken);

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1700));
        Assert.That(next.Log.Entries.Single(entry => entry.Id == EventIds.RecordsRecovered).Message, Does.Contain("1700 records"));
        Assert.That(Files, Is.Empty);
    }

    [Test]
    public void Files_that_an_earlier_run_has_left_are_not_in_the_way_of_new_ones()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllBytes(Path.Combine(Folder, "0000000001.journal"), JournalLine.Header);
        File.WriteAllBytes(Path.Combine(Folder, "0000000002.journal"), JournalLine.Header);

        Assert.That(_recording.Journal.Start(), Has.Count.EqualTo(2));

        Assert.That(_recording.Journal.State, Is.EqualTo(JournalState.On));
        Assert.That(_recording.Journal.TryAppend(Full())?.Path, Does.EndWith("0000000003.journal"));
    }

    [Test]
    public void What_was_stored_in_a_database_that_is_gone_stays_for_the_next_start()
    {
        _recording.Journal.Start();
        _recording.Journal.TryAppend(Full())!.Settle();

        _recording.Journal.RequireReplay();
        Assert.That(_recording.Journal.Settled().Select(segment => segment.MustReplay), Is.EqualTo(new[] { true }));
        _recording.Journal.Stop();

        Assert.That(JournalFile.Read(Files[0]).Records, Has.Count.EqualTo(1));
    }

    [Test, CancelAfter(60_000)]
    public async Task Torn_ends_holes_and_damage_cost_only_themselves(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Folder);
        var whole = Enumerable.Range(0, 5).Select(_ => JournalLine.Encode(Full()).ToArray()).ToList();
        byte[] torn = whole[4][..100];
        byte[] turned = [.. whole[3]];
        turned[200] ^= 1;
        byte[] file = [.. JournalLine.Header, .. whole[0], .. new byte[777], .. whole[1], .. torn, .. whole[2], .. turned, .. torn, .. new byte[5000]];
        await File.WriteAllBytesAsync(Path.Combine(Folder, "0000000007.journal"), file, cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(Folder, "0000000008.journal"), new byte[4096], cancellationToken); // killed before the first byte
        await File.WriteAllBytesAsync(Path.Combine(Folder, "0000000009.journal"), [], cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Folder, "0000000010.journal"), "tracker-journal 2\nof the future", cancellationToken);

        using var service = await _recording.StartAsync(cancellationToken);
        await _recording.Log.UntilAsync(() => _recording.Log.Count(EventIds.RecordsRecovered) == 1, cancellationToken);
        await service.StopAsync(cancellationToken);

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(3));
        Assert.That(Files.Select(Path.GetFileName), Is.EqualTo(new[] { "0000000007.journal.damaged", "0000000010.journal" }));
        Assert.That(_recording.Log.Entries.Single(entry => entry.Id == EventIds.JournalFileDamaged).Message, Does.StartWith("3 records"));
        Assert.That(_recording.Log.Entries.Single(entry => entry.Id == EventIds.JournalFileUnreadable).Message, Does.Contain("0000000010.journal").And.Contain("another version"));
    }

    [Test]
    public void Journal_of_the_first_version_is_read_for_ever()
    {
        var file = JournalFile.Read(TestData.Path("journal", "version-1.journal"));

        Assert.That((file.IsOfOtherVersion, file.DamagedLines, file.Records.Count), Is.EqualTo((false, 0, 1)));
        var expected = Full() with { ModelSteppedIn = null }; // Nor that.
        var record = file.Records[0];
        Assert.That(record.Limits, Is.Empty, "it had none then");
        Assert.That(() => _database.Write(record), Throws.Nothing);
        Assert.That(record.ToolCalls, Is.EqualTo(expected.ToolCalls));
        Assert.That(record with { Key = expected.Key, ToolCalls = expected.ToolCalls, Limits = expected.Limits }, Is.EqualTo(expected));
    }

    [Test, CancelAfter(60_000)]
    public async Task What_the_queue_has_no_room_for_waits_in_the_journal_and_is_stored(CancellationToken cancellationToken)
    {
        _options.QueueCapacity = 10;
        using var recording = new RecordingUnderTest(_database, _options);
        using var service = await recording.StartAsync(cancellationToken);
        using (var connection = _database.Connections.Open())
        using (connection.BeginTransaction())
        {
            recording.Enqueue(3000);
            Assert.That((recording.Queue.Accepted, recording.Queue.Dropped), Is.EqualTo((3000, 0)));
            Assert.That(recording.Journal.Spilled, Is.GreaterThan(2900));
        }

        await recording.StoredAsync(3000, cancellationToken);
        await service.StopAsync(cancellationToken);

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(3000));
        Assert.That((recording.Status.Stored, recording.Journal.Spilled), Is.EqualTo((3000, 0)));
        Assert.That(Files, Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task Deleted_folder_costs_no_record_and_new_files_are_made(CancellationToken cancellationToken)
    {
        _options.QueueCapacity = 10;
        using var recording = new RecordingUnderTest(_database, _options);
        using var service = await recording.StartAsync(cancellationToken);
        using (var connection = _database.Connections.Open())
        using (connection.BeginTransaction())
        {
            recording.Enqueue(300);
            Directory.Delete(Folder, recursive: true);
            recording.Enqueue(300);
        }

        await recording.StoredAsync(600, cancellationToken);
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(600));
        while (Files.Length == 0)
        {
            recording.Enqueue(1); // The writer looks after the files every second or so.
            await Task.Delay(20, cancellationToken);
        }

        await service.StopAsync(cancellationToken);
        Assert.That(Files, Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task Stop_with_a_locked_database_leaves_the_records_for_the_next_start(CancellationToken cancellationToken)
    {
        _options.DrainTimeout = TimeSpan.FromMilliseconds(100);
        using (var recording = new RecordingUnderTest(_database, _options))
        using (var service = await recording.StartAsync(cancellationToken))
        {
            using var connection = _database.Connections.Open();
            using var transaction = connection.BeginTransaction();
            recording.Enqueue(700);
            await recording.Log.UntilAsync(() => recording.Log.Count(EventIds.StoringDelayed) > 0, cancellationToken);
            await service.StopAsync(cancellationToken);
            Assert.That((recording.Status.Stored, recording.Status.Lost), Is.EqualTo((0, 0)));
            Assert.That(recording.Log.Entries.Single(entry => entry.Id == EventIds.RecordsKeptAtShutdown).Message, Does.StartWith("700 records"));
        }

        using var next = new RecordingUnderTest(_database, _options);
        using var later = await next.StartAsync(cancellationToken);
        await next.Log.UntilAsync(() => next.Status.Recovered == 700, cancellationToken);
        await later.StopAsync(cancellationToken);

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(700));
    }

    [Test, CancelAfter(60_000)]
    public async Task Folder_that_cannot_be_made_is_told_once_and_used_when_it_can(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Folder, "in the way", cancellationToken);
        using var service = await _recording.StartAsync(cancellationToken);
        _recording.Enqueue(5);
        await _recording.StoredAsync(5, cancellationToken);
        Assert.That((_recording.Journal.State, _recording.Log.Count(EventIds.JournalFailing)), Is.EqualTo((JournalState.Failing, 1)));
        Assert.That(_recording.Journal.Reason, Does.Contain(Folder));

        File.Delete(Folder);
        await _recording.Log.UntilAsync(() => _recording.Log.Count(EventIds.JournalWorks) == 1, cancellationToken);

        Assert.That(_recording.Journal.TryAppend(Full()), Is.Not.Null);
        await service.StopAsync(cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Segments_are_given_back_as_they_are_stored(CancellationToken cancellationToken)
    {
        using var service = await _recording.StartAsync(cancellationToken);
        for (var sent = 0; sent < 12_000; sent += 100) // About 11 MB: more than two segments.
        {
            _recording.Enqueue(100);
            await _recording.StoredAsync(sent + 100, cancellationToken);
        }

        Assert.That(_recording.Queue.Dropped, Is.Zero);
        Assert.That(_recording.Journal.Bytes, Is.LessThanOrEqualTo(3 * JournalSegment.Size));
        await service.StopAsync(cancellationToken);
        Assert.That(_recording.Journal.Bytes, Is.Zero);
    }
}
