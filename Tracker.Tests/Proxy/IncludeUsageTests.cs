using System.Text;
using Tracker.Proxy.Providers.OpenAI;

namespace Tracker.Tests.Proxy;

public sealed class IncludeUsageTests
{
    [TestCase("""{"stream":true}""", """{"stream":true,"stream_options":{"include_usage":true}}""")]
    [TestCase("""{ "stream" : true , "messages":[{"stream_options":{"include_usage":true}}] }  """, """{ "stream" : true , "messages":[{"stream_options":{"include_usage":true}}] ,"stream_options":{"include_usage":true}}  """)]
    [TestCase("""{"str\u0065am":true,"model":"é"}""", """{"str\u0065am":true,"model":"é","stream_options":{"include_usage":true}}""")]
    [TestCase("""{"stream_options":{},"stream":true}""", """{"stream_options":{"include_usage":true},"stream":true}""")]
    [TestCase("""{"stream_options":{ "include_obfuscation":false },"stream":true}""", """{"stream_options":{ "include_obfuscation":false ,"include_usage":true},"stream":true}""")]
    [TestCase("""{"stream":true,"stream_options":{"a":{"include_usage":true}}}""", """{"stream":true,"stream_options":{"a":{"include_usage":true},"include_usage":true}}""")]
    public void The_option_is_added_and_every_other_byte_stays(string body, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(body);

        Assert.That(IncludeUsage.IsMissing(bytes, out var position, out var addition), Is.True);
        Assert.That(Encoding.UTF8.GetString([.. bytes[..position], .. addition, .. bytes[position..]]), Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("true")]
    [TestCase("""{"model":"m"}""")]
    [TestCase("""{"stream":false}""")]
    [TestCase("""{"stream":"true"}""")]
    [TestCase("""{"messages":[{"stream":true}]}""")]
    [TestCase("""{"stream":true,"stream_options":{"include_usage":true}}""")]
    [TestCase("""{"stream":true,"stream_options":{"include_usage":false}}""")]
    [TestCase("""{"stream":true,"stream_options":null}""")]
    [TestCase("""{"stream":true,"stream":true}""")]
    [TestCase("""{"stream":true,"stream_options":{},"stream_options":{}}""")]
    [TestCase("""{"stream":true""")]
    [TestCase("""{"stream":true,}""")]
    [TestCase("""{"stream":true}}""")]
    [TestCase("""{"stream":true}{"stream":true}""")]
    [TestCase("""{"stream":true,"stream_options":{"a":1}""")]
    [TestCase("""{"stream":true,"\ud83d":1}""")]
    [TestCase("""{"stream":true,"stream_options":{"\ud83d_and_more":1}}""")]
    [TestCase("data: x")]
    public void Nothing_is_added_where_the_client_chose_or_nobody_can_tell(string body) =>
        Assert.That(IncludeUsage.IsMissing(Encoding.UTF8.GetBytes(body), out _, out _), Is.False);
}
