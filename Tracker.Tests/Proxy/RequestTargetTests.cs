using CsCheck;
using Tracker.Proxy.Forwarding;

namespace Tracker.Tests.Proxy;

public sealed class RequestTargetTests
{
    [TestCase("/", "", "")]
    [TestCase("/?a=b", "", "?a=b")]
    [TestCase("/v1", "v1", "")]
    [TestCase("/v1/", "v1", "/")]
    [TestCase("/v1?beta=true", "v1", "?beta=true")]
    [TestCase("/v1/messages?beta=true", "v1", "/messages?beta=true")]
    [TestCase("/openai/v1/responses", "openai", "/v1/responses")]
    [TestCase("//v1/messages", "", "/v1/messages")]
    [TestCase("/v1?path=/x", "v1", "?path=/x")]
    [TestCase("/a%2Fb/c%3Fd/%zz?e=%20", "a%2Fb", "/c%3Fd/%zz?e=%20")]
    [TestCase("/v1/../x/./y", "v1", "/../x/./y")]
    public void Target_is_cut_at_its_first_segment_and_never_decoded(string raw, string firstSegment, string rest) =>
        Assert.That(RequestTarget.Parse(raw), Is.EqualTo(new RequestTarget(firstSegment, raw, rest)));

    [TestCase("http://127.0.0.1:5005/v1/messages?beta=true", "/v1/messages?beta=true")]
    [TestCase("https://api.anthropic.com/v1/messages", "/v1/messages")]
    [TestCase("http://127.0.0.1:5005/v1?next=http://x/y", "/v1?next=http://x/y")]
    [TestCase("http://127.0.0.1:5005/", "/")]
    [TestCase("http://127.0.0.1:5005", "/")]
    [TestCase("*", "/")]
    [TestCase("example.com:443", "/")]
    [TestCase("", "/")]
    public void Whole_URLs_lose_their_scheme_and_host(string raw, string full) => Assert.That(RequestTarget.Parse(raw).Full, Is.EqualTo(full));

    [TestCase("/v1/messages?beta=true", "/v1/messages")]
    [TestCase("/v1/messages?a=?b", "/v1/messages")]
    [TestCase("/v1/messages", "/v1/messages")]
    [TestCase("/?", "/")]
    public void Path_ends_before_the_query_string(string raw, string path) => Assert.That(RequestTarget.Parse(raw).Path.ToString(), Is.EqualTo(path));

    [Test]
    public void Nothing_of_a_path_is_lost_or_added() => Gen.String[Gen.Char["ab/?%.:#é\0 "], 0, 30].Sample(rest =>
    {
        var raw = "/" + rest;

        var target = RequestTarget.Parse(raw);

        return target.Full == raw && $"/{target.FirstSegment}{target.Rest}" == raw && !target.FirstSegment.AsSpan().ContainsAny('/', '?');
    });
}
