using Microsoft.AspNetCore.Http;
using Tracker.Proxy.Statistics;

namespace Tracker.Tests.Proxy;

public sealed class ReportFormatsTests
{
    [TestCase("", null, "Text")]
    [TestCase("", "*/*", "Text")]
    [TestCase("", "text/html, Application/JSON;q=0.9", "Json")]
    [TestCase("?format=", "application/json", "Json")]
    [TestCase("?format=text", "application/json", "Text")]
    [TestCase("?format=json", null, "Json")]
    [TestCase("?format=csv", null, "Csv")]
    [TestCase("?format=line", "application/json", "Line")]
    public void Format_is_asked_for_by_the_query_string_or_else_by_the_Accept_header(string query, string? accept, string format) =>
        Assert.That(Of(query, accept), Is.EqualTo(Enum.Parse<ReportFormat>(format)));

    [TestCase("?format=xml")]
    [TestCase("?format=JSON")]
    [TestCase("?format=1")]
    [TestCase("?format=csv&format=json")]
    public void Formats_that_do_not_exist_are_none(string query) => Assert.That(Of(query, "application/json"), Is.Null);

    private static ReportFormat? Of(string query, string? accept)
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new QueryString(query);
        request.Headers.Accept = accept;
        return ReportFormats.Of(request);
    }
}
