using Tracker.Proxy.Forwarding;

namespace Tracker.Tests.Proxy;

public sealed class UnreadCallsTests
{
    private readonly UnreadCalls _calls = new();

    [TestCase("/v1/images/generations", "/v1/images/generations")]
    [TestCase("/v1beta/models/veo-3.1:predictLongRunning", "/v1beta/models/{id}:predictLongRunning")]
    [TestCase("/v1/messages/count_tokens", "/v1/messages/count_tokens")]
    [TestCase("/v1/projects/acme-secret-merger/locations/global/x:predict", "/v1/projects/{id}/locations/{id}/{id}:predict")]
    [TestCase("/openai/deployments/jane-doe/images/generations", "/openai/deployments/{id}/images/generations")]
    [TestCase("/v1/user:hunter", "/v1/{id}")]
    [TestCase("/v1/threads/thread_abc123/runs", "/v1/threads/{id}/runs")]
    [TestCase("/v1/a%20b", "/v1/{id}")]
    [TestCase("/v1/abcdefghijklmnopqrstuvwxyz", "/v1/{id}")]
    [TestCase("/v1/x:sk-secret", "/v1/{id}")]
    [TestCase("/v1/files\n", "/v1/{id}")]
    [TestCase("/v1/v1/v1/v1/v1/v1/v1/v1/v1", "/v1/v1/v1/v1/v1/v1/v1/…")]
    [TestCase("/", "/")]
    public void Paths_are_shown_without_ids(string path, string shown)
    {
        _calls.OnAnswered("openai", path);

        Assert.That(_calls.All, Is.EqualTo(new[] { new UnreadCall("openai", shown, 1) }));
    }

    [Test]
    public void Calls_are_counted_by_provider_and_path()
    {
        _calls.OnAnswered("openai", "/v1/files");
        _calls.OnAnswered("mistral", "/v1/ocr");
        _calls.OnAnswered("openai", "/v1/files/file1/content");
        _calls.OnAnswered("openai", "/v1/files/file2/content");

        Assert.That(_calls.All, Is.EqualTo(new UnreadCall[] { new("openai", "/v1/files/{id}/content", 2), new("mistral", "/v1/ocr", 1), new("openai", "/v1/files", 1) }));
    }

    [Test]
    public void Number_of_paths_is_bounded_and_no_call_is_lost()
    {
        string[] words = ["files", "images", "audio", "jobs", "parts", "runs"];
        foreach (var path in from one in words from two in words from three in words select $"/{one}/{two}/{three}")
        {
            _calls.OnAnswered("openai", path);
        }

        Assert.That(_calls.All, Has.Count.EqualTo(UnreadCalls.MostPaths + 1));
        Assert.That(_calls.All.Sum(call => call.Calls), Is.EqualTo(6 * 6 * 6));
        Assert.That(_calls.All[0], Is.EqualTo(new UnreadCall("openai", UnreadCalls.Other, (6 * 6 * 6) - UnreadCalls.MostPaths)));
    }
}
