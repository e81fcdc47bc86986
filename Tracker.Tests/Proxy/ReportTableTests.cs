using Tracker.Proxy.Statistics;
using Tracker.Storage.Usage;

namespace Tracker.Tests.Proxy;

public sealed class ReportTableTests
{
    private static readonly UsageTotals Totals = new()
    {
        Calls = 12,
        InputTokens = 1001,
        CacheReadTokens = 20_007,
        CacheCreation5mTokens = 3003,
        CacheCreation1hTokens = 505,
        OutputTokens = 1_234_567,
        CostNanoUsd = 1_234_567_890,
        UnpricedCalls = 2,
        FailedCalls = 1,
    };

    [Test]
    public void Text_has_labels_to_the_left_and_numbers_to_the_right()
    {
        var table = new ReportTable(["day", "model"]);
        table.Add(["2026-11-23", "claude-opus-4-8"], Totals);
        table.Add(["2026-11-24", "(unknown)"], new UsageTotals { CostNanoUsd = 0 });

        var text = table.ToText();

        Assert.That(text, Is.EqualTo("""
            day         model            calls  input  cache_read  cache_creation   output  cost_usd  unpriced  failed
            2026-11-23  claude-opus-4-8     12   1001       20007            3508  1234567    1.2346         2       1
            2026-11-24  (unknown)            0      0           0               0        0    0.0000         0       0

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void Table_without_rows_is_its_header()
    {
        var table = new ReportTable(["period"]);

        Assert.That(table.ToText(), Is.EqualTo("period  calls  input  cache_read  cache_creation  output  cost_usd  unpriced  failed\n"));
        Assert.That(table.ToCsv(), Is.EqualTo("period,calls,input,cache_read,cache_creation,output,cost_usd,unpriced,failed\r\n"));
    }

    [Test]
    public void Csv_has_the_same_columns_with_a_line_for_each_row()
    {
        var table = new ReportTable(["period"]);
        table.Add(["today"], Totals);
        table.Add(["7 days"], new UsageTotals { CostNanoUsd = 0 });

        Assert.That(table.ToCsv(), Is.EqualTo(
            "period,calls,input,cache_read,cache_creation,output,cost_usd,unpriced,failed\r\ntoday,12,1001,20007,3508,1234567,1.2346,2,1\r\n7 days,0,0,0,0,0,0.0000,0,0\r\n"));
    }

    [TestCase("plain model", "plain model")]
    [TestCase("a,b", "\"a,b\"")]
    [TestCase("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [TestCase("two\nlines", "\"two\nlines\"")]
    [TestCase("two\rlines", "\"two\rlines\"")]
    [TestCase("\"", "\"\"\"\"")]
    [TestCase("", "")]
    public void Csv_quotes_what_would_break_a_line(string label, string field)
    {
        var table = new ReportTable(["model"]);
        table.Add([label], new UsageTotals { CostNanoUsd = 0 });

        Assert.That(table.ToCsv(), Does.EndWith($"failed\r\n{field},0,0,0,0,0,0.0000,0,0\r\n"));
    }

    [TestCase(0, "0.0000")]
    [TestCase(49_999, "0.0000")]
    [TestCase(50_000, "0.0001")]
    [TestCase(1_000_000_000, "1.0000")]
    [TestCase(long.MaxValue, "9223372036.8548")]
    public void Costs_are_in_dollars_to_the_hundredth_of_a_cent(long nanoUsd, string usd) => Assert.That(ReportTable.Usd(nanoUsd), Is.EqualTo(usd));

    [Test]
    public void Unknown_cost_is_shown_as_such_and_a_hostile_name_does_not_reach_the_terminal()
    {
        var table = new ReportTable(["model"]);

        table.Add(["\u001b[2Jevil"], new UsageTotals { Calls = 1, CostNanoUsd = null, UnpricedCalls = 1 });

        Assert.That(table.ToText(), Does.Contain("?[2Jevil").And.Matches(@" \? +1 +0\n$"));
        Assert.That(table.ToCsv(), Does.EndWith(",0,,1,0\r\n"));
    }
}
