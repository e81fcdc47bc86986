using Tracker.Proxy.Forwarding;

namespace Tracker.Tests.Proxy;

public sealed class UnreadCallsTests
{
    private readonly UnreadCalls _calls = new();

    [TestCase("/v1/images/generations", "/v1/images/generations")]
    [TestCase("/v1beta/models/veo-3.1:predictLongRunning", "/v1beta/models/{id}:predictLongRunning")]
    [TestCase("/v1alpha1/count_tokens", "/v1alpha1/count_tokens")]
    [TestCase("/v1/threads/thread_abc123/runs", "/v1/threads/{id}/runs")]
    [TestCase("/v1/vaults/SecretName/x", "/v1/vaults/{id}/x")]
    [TestCase("/v1/a%20b", "/v1/{id}")]
    [TestCase("/v1/abcdefghijklmnopqrstuvwxyz", "/v1/{id}")]
    [TestCase("/v1/x:sk-secret", "/v1/{id}")]
    [TestCase("/v1/words\n", "/v1/{id}")]
    [TestCase("/a/b/c/d/e/f/g/h/i", "/a/b/c/d/e/f/g/…")]
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
        _calls.OnAnswered("openai", "/v1/files/file1/x");
        _calls.OnAnswered("openai", "/v1/files/file2/x");

        Assert.That(_calls.All, Is.EqualTo(new UnreadCall[] { new("openai", "/v1/files/{id}/x", 2), new("mistral", "/v1/ocr", 1), new("openai", "/v1/files", 1) }));
    }

    [Test]
    public void Number_of_paths_is_bounded_and_no_call_is_lost()
    {
        for (var i = 0; i < 26 * 26; i++)
        {
            _calls.OnAnswered("openai", $"/{(char)('a' + (i / 26))}/{(char)('a' + (i % 26))}");
        }

        Assert.That(_calls.All, Has.Count.EqualTo(UnreadCalls.MostPaths + 1));
        Assert.That(_calls.All.Sum(call => call.Calls), Is.EqualTo(26 * 26));
        Assert.That(_calls.All[0], Is.EqualTo(new UnreadCall("openai", UnreadCalls.Other, (26 * 26) - UnreadCalls.MostPaths)));
    }
}
