using System.Buffers;
using System.Text;
using System.Text.Json;
using Tracker.Proxy.Statistics;

namespace Tracker.Tests.Proxy;

public sealed class ReportTableTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 23, 23, 30, 0, TimeSpan.Zero);

    private static ReportTable Table(params object?[][] rows)
    {
        var table = new ReportTable("models",
        [
            new("model", ColumnKind.Text, ""), new("calls", ColumnKind.Count, "", "totals"), new("input_tokens", ColumnKind.Count, "", "totals") { Heading = "input" },
            new("cost", ColumnKind.Money, "", "totals"), new("hit_rate", ColumnKind.Share, ""), new("last_at", ColumnKind.Time, ""), new("hidden", ColumnKind.Flag, "", OnlyJson: true),
        ])
        {
            Line = () => "a line",
        };
        foreach (var row in rows)
        {
            table.Add(row);
        }

        return table;
    }

    [Test]
    public void Text_has_labels_to_the_left_numbers_to_the_right_and_times_of_the_zone()
    {
        var table = Table(["claude-opus-4-8", 12L, 1_234_567L, 1_234_567_890L, 0.8734, Time, true], [null, 0L, null, null, null, null, null]);

        Assert.That(table.ToText(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")), Is.EqualTo("""
            model            calls    input  cost_usd  hit_rate  last_at
            claude-opus-4-8     12  1234567    1.2346    87.3 %  2026-11-24 00:30:00
            ?                    0        -         ?         -  ?

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void Table_without_rows_is_its_header()
    {
        Assert.That(Table().ToText(TimeZoneInfo.Utc), Is.EqualTo("model  calls  input  cost_usd  hit_rate  last_at\n"));
        Assert.That(Table().ToCsv(), Is.EqualTo("model,calls,input,cost_usd,hit_rate,last_at\r\n"));
    }

    [Test]
    public void Csv_has_a_line_for_each_row_and_nothing_for_what_is_unknown() => Assert.That(
        Table(["a,b", 12L, 1001L, 46_602_250L, 0.5, Time, true], [null, 0L, null, null, null, null, null]).ToCsv(),
        Is.EqualTo("model,calls,input,cost_usd,hit_rate,last_at\r\n\"a,b\",12,1001,0.046602250,0.5,2026-11-23T23:30:00.000Z\r\n,0,,,,\r\n"));

    [Test]
    public void Csv_has_the_whole_of_a_cost_that_is_nothing_in_text()
    {
        var embedding = Table(["text-embedding-3-small", 1L, 1L, 20_000L, null, null, null]);

        Assert.That(embedding.ToCsv(), Does.EndWith("text-embedding-3-small,1,1,0.000020000,,\r\n"));
        Assert.That(embedding.ToText(TimeZoneInfo.Utc), Does.Contain("  0.0000  "));
    }

    [TestCase("plain model", "plain model")]
    [TestCase("a,b", "\"a,b\"")]
    [TestCase("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [TestCase("two\nlines", "\"two\nlines\"")]
    [TestCase("two\rlines", "\"two\rlines\"")]
    [TestCase("\"", "\"\"\"\"")]
    [TestCase("", "")]
    public void Csv_quotes_what_would_break_a_line(string label, string field) =>
        Assert.That(Table([label, 0L, 0L, 0L, null, null, null]).ToCsv(), Does.EndWith($"last_at\r\n{field},0,0,0.000000000,,\r\n"));

    [TestCase("=HYPERLINK(\"http://evil.example\",\"total\")", "\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"total\"\")\"")]
    [TestCase("+1", "'+1")]
    [TestCase("-1", "'-1")]
    [TestCase("@SUM(A1)", "'@SUM(A1)")]
    [TestCase("\tx", "'\tx")]
    [TestCase("\rx", "\"'\rx\"")]
    public void Csv_has_no_name_that_a_spreadsheet_would_compute(string label, string field) =>
        Assert.That(Table([label, -5L, 0L, -46_602_250L, -0.5, null, null]).ToCsv(), Does.EndWith($"last_at\r\n{field},-5,0,-0.046602250,-0.5,\r\n"));

    [Test]
    public void Text_shows_a_name_as_it_is() => Assert.That(Table(["=1+1", -5L, 0L, null, null, null, null]).ToText(TimeZoneInfo.Utc), Does.Contain("\n=1+1 ").And.Contain(" -5 "));

    [Test]
    public void Json_has_groups_both_units_of_money_null_for_unknown_and_the_next_page()
    {
        var table = new ReportTable("rows", [new("name", ColumnKind.Text, ""), new("cost", ColumnKind.Money, "", "totals"), new("at", ColumnKind.Time, ""), new("flag", ColumnKind.Flag, "", OnlyJson: true)])
        {
            Line = () => "",
            Next = "123.4",
        };
        table.Add("a", 46_602_250L, Time, true);
        table.Add(null, null, null, null);

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            table.WriteTo(json);
            json.WriteEndObject();
        }

        Assert.That(Encoding.UTF8.GetString(buffer.WrittenSpan), Is.EqualTo(
            """{"rows":[{"name":"a","at":"2026-11-23T23:30:00Z","flag":true,"totals":{"cost_nano_usd":46602250,"cost_usd":0.04660225}},{"name":null,"at":null,"flag":null,"totals":{"cost_nano_usd":null,"cost_usd":null}}],"next":"123.4"}"""));
    }

    [TestCase(0, "0.0000")]
    [TestCase(49_999, "0.0000")]
    [TestCase(50_000, "0.0001")]
    [TestCase(1_000_000_000, "1.0000")]
    [TestCase(long.MaxValue, "9223372036.8548")]
    public void Costs_are_in_dollars_to_the_hundredth_of_a_cent(long nanoUsd, string usd) => Assert.That(ReportTable.Usd(nanoUsd), Is.EqualTo(usd));

    [Test]
    public void Hostile_name_does_not_reach_the_terminal() =>
        Assert.That(Table(["\u001b[2Jevil", 1L, 1L, null, null, null, null]).ToText(TimeZoneInfo.Utc), Does.Contain("?[2Jevil").And.Not.Contain("\u001b"));
}
