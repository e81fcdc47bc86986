using System.Net;
using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Streams that are slow, broken off from either side, refused or silent.</summary>
public sealed class StreamingTests : IDisposable
{
    private const string Request = """{"model":"claude-opus-4-8","stream":true,"messages":[]}""";
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Head_and_each_event_reach_the_client_before_the_upstream_goes_on(CancellationToken cancellationToken)
    {
        var steps = new SemaphoreSlim(0);
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                context.Response.ContentType = "text/event-stream";
                await context.Response.Body.FlushAsync(context.RequestAborted);
                foreach (var piece in (string[])[AnthropicAnswers.Start(1), AnthropicAnswers.Content, AnthropicAnswers.Delta(1), AnthropicAnswers.Stop])
                {
                    await steps.WaitAsync(context.RequestAborted);
                    await context.WriteEventsAsync(piece);
                }
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await PostAsync(client, cancellationToken); // the head, before the first event is allowed
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var events = new List<string>();
        foreach (var wanted in (string[])["message_start", "content_block_stop", "message_delta", "message_stop"])
        {
            steps.Release();
            string? line;
            do
            {
                line = await reader.ReadLineAsync(cancellationToken);
            }
            while (line is not null && line != "event: " + wanted);

            events.Add(line ?? "the end");
        }

        Assert.That(events, Is.EqualTo((string[])["event: message_start", "event: content_block_stop", "event: message_delta", "event: message_stop"]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_client_that_hangs_up_cancels_the_upstream_and_leaves_an_incomplete_row(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await StartStreamThatHangsAsync(AnthropicAnswers.Start(1) + AnthropicAnswers.Content, cancelled, cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);

        await ReadUntilAndHangUpAsync(proxy, "content_block_stop", cancellationToken);

        await cancelled.Task.WaitAsync(cancellationToken);
        await proxy.WaitForStoredAsync(1, cancellationToken);
        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That(row["usage_key"], Is.EqualTo("anthropic:" + AnthropicAnswers.IdOf(1)));
        Assert.That(row["outcome"], Is.EqualTo("incomplete"));
        Assert.That(row["quality"], Is.EqualTo(1L));
        Assert.That(row["input_tokens"], Is.EqualTo(AnthropicAnswers.InputOf(1)));
        Assert.That(row["output_tokens"], Is.EqualTo(2L));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_client_that_hangs_up_after_the_end_of_the_usage_leaves_a_completed_row(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await StartStreamThatHangsAsync(AnthropicAnswers.Start(1) + AnthropicAnswers.Content + AnthropicAnswers.Delta(1), cancelled, cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);

        await ReadUntilAndHangUpAsync(proxy, "message_delta", cancellationToken);

        await cancelled.Task.WaitAsync(cancellationToken);
        await proxy.WaitForStoredAsync(1, cancellationToken);
        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That(row["outcome"], Is.EqualTo("completed"));
        Assert.That(row["quality"], Is.EqualTo(3L));
        Assert.That(row["output_tokens"], Is.EqualTo(AnthropicAnswers.OutputOf(1)));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_client_that_hangs_up_before_any_answer_leaves_an_incomplete_row_of_its_own(CancellationToken cancellationToken)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                context.RequestAborted.Register(cancelled.SetResult);
                await context.Request.Body.CopyToAsync(Stream.Null, CancellationToken.None); // Else the hang-up may come before the model was sent.
                arrived.SetResult();
                await cancelled.Task;
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var hangUp = new CancellationTokenSource();

        var call = PostAsync(client, hangUp.Token);
        await arrived.Task.WaitAsync(cancellationToken);
        await hangUp.CancelAsync();

        Assert.That(async () => await call, Throws.InstanceOf<OperationCanceledException>());
        await cancelled.Task.WaitAsync(cancellationToken);
        await proxy.WaitForStoredAsync(1, cancellationToken);
        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That(row["usage_key"], Does.StartWith("proxy:"));
        Assert.That(row["outcome"], Is.EqualTo("incomplete"));
        Assert.That(row["status_code"], Is.Null);
        Assert.That(row["request_model"], Is.EqualTo("claude-opus-4-8"));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_client_that_hangs_up_on_a_provider_that_is_drained_leaves_a_completed_row([Values] bool isDrained, CancellationToken cancellationToken)
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                context.RequestAborted.Register(() => cancelled.TrySetResult());
                await context.WriteEventsAsync(AnthropicAnswers.Start(1) + AnthropicAnswers.Content);
                await Task.WhenAny(goOn.Task, cancelled.Task);
                await context.WriteEventsAsync(AnthropicAnswers.Delta(1) + AnthropicAnswers.Stop);
                await cancelled.Task; // It would go on for ever, but nothing more is to be learnt.
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(
            _database.Folder, upstream.Address, cancellationToken, $"Proxy:Providers:anthropic:DrainAfterDisconnect={isDrained}", "Logging:Level=Debug");

        await ReadUntilAndHangUpAsync(proxy, "content_block_stop", cancellationToken);
        if (isDrained)
        {
            Assert.That(cancelled.Task.IsCompleted, Is.False);
            goOn.SetResult();
        }

        await cancelled.Task.WaitAsync(cancellationToken);
        await proxy.WaitForStoredAsync(1, cancellationToken);
        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That((row["outcome"], row["output_tokens"]), Is.EqualTo(isDrained ? ("completed", AnthropicAnswers.OutputOf(1)) : ("incomplete", 2L)));
    }

    [Test, CancelAfter(60_000)]
    public async Task Limits_of_a_subscription_are_kept_with_their_time(CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(
            context =>
            {
                context.Response.Headers["anthropic-ratelimit-unified-5h-utilization"] = "0.42";
                context.Response.Headers["anthropic-ratelimit-unified-5h-reset"] = "1795450000";
                return context.WriteEventsAsync(AnthropicAnswers.Stream(1));
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await PostAsync(client, cancellationToken);
        await proxy.WaitForStoredAsync(1, cancellationToken);

        var sample = _database.Query("SELECT limit_sample.provider, window, used_fraction, resets_at_ms, observed_at_ms >= occurred_at_ms AS later FROM limit_sample, usage").Single();
        Assert.That(sample.Values, Is.EqualTo(new object[] { "anthropic", "5h", 0.42, 1795450000000L, 1L }));
    }

    [Test, CancelAfter(60_000)]
    public async Task An_upstream_that_refuses_gives_502_in_Anthropics_shape_and_a_row(CancellationToken cancellationToken)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:1"), cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await PostAsync(client, cancellationToken);
        using var again = await PostAsync(client, cancellationToken);

        await proxy.WaitForStoredAsync(2, cancellationToken);
        await AssertErrorAsync(response, HttpStatusCode.BadGateway, "api_error", cancellationToken);
        Assert.That(_database.Query("SELECT outcome, status_code, cost_nano_usd FROM usage"), Has.Exactly(2).Matches<IDictionary<string, object?>>(
            row => row is { } && (string?)row["outcome"] == "error" && (long?)row["status_code"] == 502 && (long?)row["cost_nano_usd"] == 0));
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero); // Now all that it says has come.
        Assert.That(proxy.Process.Output.Split('\n').Count(line => line.Contains("Cannot reach anthropic", StringComparison.Ordinal)), Is.EqualTo(1), "logged when it starts, not each time");
    }

    [Test, CancelAfter(60_000)]
    public async Task An_upstream_that_is_silent_for_too_long_gives_504_in_Anthropics_shape_and_a_row(CancellationToken cancellationToken)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await KestrelUpstream.StartAsync(context => over.Task.WaitAsync(context.RequestAborted), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, "Proxy:IdleTimeout=00:00:01");
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await PostAsync(client, cancellationToken);

        await proxy.WaitForStoredAsync(1, cancellationToken);
        await AssertErrorAsync(response, HttpStatusCode.GatewayTimeout, "timeout_error", cancellationToken);
        Assert.That(_database.Scalar<long>("SELECT status_code FROM usage WHERE outcome = 'error'"), Is.EqualTo(504));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_stream_that_moves_is_not_cut_by_the_idle_timeout(CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                await context.WriteEventsAsync(AnthropicAnswers.Start(1));
                for (var i = 0; i < 5; i++)
                {
                    await Task.Delay(1000, context.RequestAborted); // Together longer than the limit, each much shorter: this process has other tests to run.
                    await context.WriteEventsAsync(AnthropicAnswers.Content);
                }

                await context.WriteEventsAsync(AnthropicAnswers.Delta(1) + AnthropicAnswers.Stop);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, "Proxy:IdleTimeout=00:00:04");
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await PostAsync(client, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);

        Assert.That(body, Does.EndWith(AnthropicAnswers.Stop));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_graceful_stop_lets_open_answers_finish_and_stores_everything(CancellationToken cancellationToken)
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                await context.WriteEventsAsync(AnthropicAnswers.Start(1));
                await goOn.Task.WaitAsync(context.RequestAborted);
                await context.WriteEventsAsync(AnthropicAnswers.Content + AnthropicAnswers.Delta(1) + AnthropicAnswers.Stop);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, ProxyUnderTest.StoresAllAtStop);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await PostAsync(client, cancellationToken);
        proxy.Process.Terminate();
        await proxy.Process.WaitForLineAsync(line => line.Contains("Tracker stops", StringComparison.Ordinal), cancellationToken);
        goOn.SetResult();
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        var exitCode = await proxy.Process.WaitForExitAsync(cancellationToken);

        Assert.That(exitCode, Is.Zero);
        Assert.That(body, Does.EndWith(AnthropicAnswers.Stop));
        Assert.That(_database.Scalar<string>("SELECT outcome FROM usage"), Is.EqualTo("completed"));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_stop_cuts_answers_that_do_not_end_within_the_grace_and_records_them(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await StartStreamThatHangsAsync(AnthropicAnswers.Start(1), cancelled, cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, "Proxy:ShutdownGrace=00:00:00.5", ProxyUnderTest.StoresAllAtStop);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await PostAsync(client, cancellationToken);
        var exitCode = await proxy.StopAsync(cancellationToken);

        Assert.That(exitCode, Is.Zero);
        Assert.That(_database.Scalar<string>("SELECT outcome FROM usage"), Is.EqualTo("incomplete"));
        Assert.That(proxy.Process.Output, Does.Contain("are cut").And.Not.Contain("broke off"));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_stop_that_cuts_a_call_without_an_answer_is_not_said_to_be_the_upstreams_fault(CancellationToken cancellationToken)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                begun.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, "Proxy:ShutdownGrace=00:00:00.5");
        using var client = new HttpClient { BaseAddress = proxy.Address };

        var call = PostAsync(client, cancellationToken);
        await begun.Task.WaitAsync(cancellationToken);
        var exitCode = await proxy.StopAsync(cancellationToken);

        using var response = await call;
        Assert.That(exitCode, Is.Zero);
        Assert.That(await response.Content.ReadAsStringAsync(cancellationToken), Does.Contain("Tracker is shutting down"));
        Assert.That(proxy.Process.Output, Does.Contain("are cut").And.Not.Contain("Cannot reach"));
    }

    private static Task<KestrelUpstream> StartStreamThatHangsAsync(string events, TaskCompletionSource cancelled, CancellationToken cancellationToken) => KestrelUpstream.StartAsync(
        async context =>
        {
            context.RequestAborted.Register(() => cancelled.TrySetResult());
            await context.WriteEventsAsync(events);
            await cancelled.Task;
        },
        cancellationToken);

    private static async Task ReadUntilAndHangUpAsync(ProxyUnderTest proxy, string eventName, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var response = await PostAsync(client, cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line && line != "event: " + eventName)
        {
        }

        // The event's data is on the way in the same piece; disposing closes the connection.
        await reader.ReadLineAsync(cancellationToken);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, CancellationToken cancellationToken) => client.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Content = new StringContent(Request) }, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    private static async Task AssertErrorAsync(HttpResponseMessage response, HttpStatusCode status, string type, CancellationToken cancellationToken)
    {
        using var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        Assert.That(response.StatusCode, Is.EqualTo(status));
        Assert.That(error.RootElement.GetProperty("type").GetString(), Is.EqualTo("error"));
        Assert.That(error.RootElement.GetProperty("error").GetProperty("type").GetString(), Is.EqualTo(type));
        Assert.That(error.RootElement.GetProperty("error").GetProperty("message").GetString(), Does.StartWith("Tracker: "));
    }
}
