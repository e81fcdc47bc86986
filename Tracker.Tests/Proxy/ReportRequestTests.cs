using Microsoft.AspNetCore.Http;
using Tracker.Proxy.Statistics;
using Tracker.Storage.Statistics;

namespace Tracker.Tests.Proxy;

public sealed class ReportRequestTests
{
    private static readonly ReportParameter By = new("by", "") { Words = ["model", "client"] };
    private static readonly ReportParameter Limit = new("limit", "") { Most = 1000 };
    private static readonly ReportParameter Sort = new("sort", "") { Words = ["cost", "newest"] };
    private static readonly ReportParameter Outcome = new("outcome", "") { Words = ["error"] };
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-11-24T22:30:00Z");

    [TestCase("?tz=Europe/Berlin", "2026-10-25T23:00:00Z", "2026-11-24T23:00:00Z")] // the usual 30 days
    [TestCase("?tz=Europe/Berlin&period=today", "2026-11-23T23:00:00Z", "2026-11-24T23:00:00Z")]
    [TestCase("?tz=Asia/Kolkata&period=today", "2026-11-24T18:30:00Z", "2026-11-25T18:30:00Z")]
    [TestCase("?tz=America/Los_Angeles&period=7d", "2026-11-18T08:00:00Z", "2026-11-25T08:00:00Z")]
    [TestCase("?tz=America/Los_Angeles&period=month", "2026-11-01T07:00:00Z", "2026-12-01T08:00:00Z")]
    [TestCase("?tz=UTC&period=month", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")]
    [TestCase("?tz=UTC&days=3", "2026-11-22T00:00:00Z", "2026-11-25T00:00:00Z")]
    public void Periods_begin_and_end_with_the_zones_day(string query, string from, string to)
    {
        var filter = Read(query).Filter;

        Assert.That((filter.From.UtcDateTime, filter.To.UtcDateTime), Is.EqualTo((DateTimeOffset.Parse(from).UtcDateTime, DateTimeOffset.Parse(to).UtcDateTime)));
    }

    [Test]
    public void All_is_open_on_both_sides() => Assert.That(Read("?period=all").Filter, Is.EqualTo(new UsageFilter { From = DateTimeOffset.MinValue, To = DateTimeOffset.MaxValue }));

    [TestCase("?tz=Europe/Berlin&from=2026-11-01&to=2026-11-02", "2026-10-31T23:00:00Z", "2026-11-02T23:00:00Z")]
    [TestCase("?tz=Europe/Berlin&from=2026-10-25&to=2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")] // 25 hours
    [TestCase("?tz=Africa/Cairo&from=2026-04-24&to=2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z")] // its clock skips midnight
    [TestCase("?from=2026-11-01T10:00:00Z&to=2026-11-01T11:30:00.250%2B01:00", "2026-11-01T10:00:00Z", "2026-11-01T10:30:00.250Z")]
    [TestCase("?from=2026-11-01T10:00:00 02:00&to=2026-11-01T11:30Z", "2026-11-01T08:00:00Z", "2026-11-01T11:30:00Z")] // a '+' that was not encoded
    [TestCase("?tz=America/New_York&from=2026-11-30T12:00&to=2026-11-30T12:30:15.250", "2026-11-30T17:00:00Z", "2026-11-30T17:30:15.250Z")] // the zone's clock
    [TestCase("?tz=Europe/Berlin&from=2026-03-29T02:50&to=2026-10-25T02:30:00", "2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z")]
    [TestCase("?tz=Europe/Berlin&from=2026-03-29T02:00&to=2026-10-25T02:30:00", "2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z")] // skipped, and shown twice
    [TestCase("?tz=Asia/Tokyo&from=0001-01-01T00:00&to=9999-12-31T23:59", "0001-01-01T00:00:00Z", "9999-12-31T23:59:00Z")] // no moments there: UTC
    public void Days_are_whole_and_the_last_is_included_moments_are_exact(string query, string from, string to)
    {
        var filter = Read(query).Filter;

        Assert.That((filter.From.UtcDateTime, filter.To.UtcDateTime), Is.EqualTo((DateTimeOffset.Parse(from).UtcDateTime, DateTimeOffset.Parse(to).UtcDateTime)));
    }

    [Test]
    public void Filters_are_taken_as_they_are_and_an_empty_one_asks_for_the_unknown() => Assert.That(
        Read("?period=all&client=codex&model=a%20b&provider=openai&project=&session=s1").Filter,
        Is.EqualTo(new UsageFilter { Client = "codex", Model = "a b", Provider = "openai", Project = "", Session = "s1" }));

    [TestCase("?period=week", "period is 'week'")]
    [TestCase("?period=7d&from=2026-11-01", "period and from")]
    [TestCase("?days=3&period=7d", "days")]
    [TestCase("?days=0", "days is '0'")]
    [TestCase("?days=3661", "days is '3661'")]
    [TestCase("?days=-1", "days is '-1'")]
    [TestCase("?from=yesterday", "from is 'yesterday'")]
    [TestCase("?from=2026-13-01", "from is '2026-13-01'")]
    [TestCase("?to=0001-01-01", "to is '0001-01-01'")]
    [TestCase("?to=9999-12-31", "to is '9999-12-31'")]
    [TestCase("?from=2026-11-02&to=2026-11-01", "from must come before to")]
    [TestCase("?tz=Mars/Olympus", "tz is 'Mars/Olympus'")]
    [TestCase("?clients=codex", "no parameter 'clients'")]
    [TestCase("?client=a&client=b", "client is given more than once")]
    public void Wrong_parameters_are_named(string query, string message) =>
        Assert.That(() => Read(query), Throws.InstanceOf<ReportRequestException>().With.Message.Contains(message));

    [Test]
    public void Own_parameters_of_a_report_are_checked()
    {
        var request = Read("?by=client&limit=7&sort=best");

        Assert.That(request.Choose(By), Is.EqualTo("client"));
        Assert.That(request.Number(Limit, 50), Is.EqualTo(7));
        Assert.That(() => request.Choose(Sort), Throws.InstanceOf<ReportRequestException>().With.Message.EqualTo("sort is 'best': it must be cost or newest."));
        Assert.That(() => request.Number(Limit with { Most = 5 }, 50), Throws.InstanceOf<ReportRequestException>().With.Message.Contains("from 1 to 5"));
        Assert.That(request.ChooseOrNull(Outcome), Is.Null);
    }

    private static ReportRequest Read(string query)
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new QueryString(query);
        return ReportRequest.Read(request.Query, [.. Report.CommonParameters, Report.Days, By, Limit, Sort, Outcome], "30d", Now);
    }
}
