using Tracker.Importer.Prices;
using Tracker.Storage.Pricing;

namespace Tracker.Tests.Importer;

public sealed class PriceTextTests
{
    [Test]
    public void Calls_that_had_no_cost_did_not_cost_nothing()
    {
        var priced = new RepricedModel { Provider = "anthropic", Model = "claude-new", Calls = 3, ChangedCalls = 3, UnpricedBefore = 3, AfterNanoUsd = 1_500_000_000 };

        var text = PriceText.Repriced(new RepriceReport(DryRun: false, Calls: 7, [priced]));

        Assert.That(text, Does.Contain("3 of 3 calls  ? -> $1.5000  (without a cost: 3 -> 0)").And.Contain("7 calls looked at, 3 cost something else: ? -> $1.5000"));
    }

    [Test]
    public void Calls_of_a_model_that_was_free_cost_nothing()
    {
        var free = new RepricedModel { Provider = "own", Model = "gpt-oss", Calls = 2, ChangedCalls = 2, AfterNanoUsd = 2_000_000_000 };

        Assert.That(PriceText.Repriced(new RepriceReport(DryRun: true, Calls: 2, [free])), Does.Contain("2 of 2 calls  $0.0000 -> $2.0000").And.Contain("2 would cost something else: $0.0000 -> $2.0000"));
    }
}
