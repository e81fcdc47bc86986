using System.Text;
using Tracker.Proxy.Forwarding;

namespace Tracker.Tests.Proxy;

public sealed class AnswerStatusTests
{
    [TestCase("HTTP/1.1 413 Too Large\r\n", "Content-Length: 0\r\n\r\n", 413)]
    [TestCase("HTTP/1.0 401\r\n", "\r\n", 401)]
    [TestCase("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 Too Large\r\n", "\r\n", 413)]
    [TestCase("HTTP/1.1 100 Continue\nX: y\n\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n", "\r\nHTTP/1.1 400 No\r\n", 200)]
    [TestCase("HTTP/1.1 101 Switching Protocols\r\n", "\r\nHTTP/1.1 400 No\r\n", 101)]
    [TestCase("HTTP/1.1 41\r\n", "HTTP/1.1 400 No\r\n", 0)]
    [TestCase("SSH-2.0-OpenSSH 400\r\n", "", 0)]
    public void Status_is_that_of_the_answer_itself_however_it_is_cut(string toItsEnd, string rest, int status)
    {
        var bytes = Encoding.Latin1.GetBytes(toItsEnd + rest);
        for (var cut = 0; cut < toItsEnd.Length; cut++)
        {
            var answer = default(AnswerStatus);
            answer.Read(bytes.AsSpan(0, cut));
            Assert.That(answer.Value == 0 || answer.IsInterim, $"cut at {cut}");

            Assert.That(answer.Read(bytes.AsSpan(cut)), Is.EqualTo(toItsEnd.Length - cut), $"cut at {cut}");
            Assert.That((answer.Value, answer.IsInterim), Is.EqualTo((status, false)), $"cut at {cut}");
        }
    }
}
