using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>What is said of a price file that is wrong.</summary>
public sealed class PriceFileTests
{
    [TestCase("""{ "prices": [ { "provider": "x", "model": "m", "input": 1 }, { "provider": "x", "model": "n" } ] }""", "prices.json: price 2 (n): 'input' is missing")]
    [TestCase("""{ "prices": [ { "model": "m", "input": 1 } ] }""", "prices.json: price 1 (m) must have a 'model' and a 'provider'")]
    [TestCase("""{ "provider": "x", "prices": [ { "input": 1 } ] }""", "prices.json: price 1 (without a model) must have a 'model' and a 'provider'")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": -1 } ] }""", "price 1 (m): 'input' is -1; it must be from 0 to 1000000 USD per million tokens")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 0.00000000000001 } ] }""", "it must have at most twelve decimals")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1, "from": "1.9.2026" } ] }""", "'from' is '1.9.2026'; it must be a day such as 2026-08-21")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1, "hours": "at night" } ] }""", "'hours' is 'at night'")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1 }, { "model": "M", "input": 2 } ] }""", "price 2 (M) is there twice for the same days")]
    [TestCase("""{ "prices": [ { "provider": "x", "model": "m", "input": 1 }, { "provider": "X", "model": "m", "input": 2 } ] }""", "price 2 (m) is there twice for the same days")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1, "bands": [ { "above": 9, "input": 2 }, { "above": 9, "input": 3 } ] } ] }""", "'above' of the bands must be greater than 0 and grow")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1, "tiers": { "flex": { "times": 0.5, "input": 2 } } } ] }""", "the tier 'flex' must have either 'times' or figures of its own")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1, "web_search": 10 } ] }""", "'web_search' is 10; it must be from 0 to 9 USD")]
    [TestCase("""{ "aliases": [ { "provider": "x", "name": "a" } ] }""", "an alias must have a 'name', a 'model' and a 'provider' (a)")]
    [TestCase("""{ "discounts": [ { "provider": "x", "times": -1 } ] }""", "discount 1 must name a 'provider' and 'times'")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "imput": 1 } ] }""", "prices.json, line 1 (prices[0].imput)")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": "one" } ] }""", "prices.json, line 1 (prices[0].input)")]
    [TestCase("""{ "discounts": [ { "provider": "x" } ] }""", "discount 1 must name a 'provider' and 'times'")]
    [TestCase("""{ "discounts": [ { "provider": "antropic", "times": 0.5 } ] }""", "discount 1 (antropic) is for no price there is")]
    [TestCase("""{ "discounts": [ { "provider": "openai", "model": "gpt-5.4-2026-03-05", "times": 0.5 } ] }""", "discount 1 (openai/gpt-5.4-2026-03-05) is for no price there is")]
    [TestCase("""{ "discounts": [ { "provider": "openai", "model": "gpt-5.4", "times": 0.00000000000001 } ] }""", "prices.json: the discount on openai/gpt-5.4: 'input' is 2.5")]
    [TestCase("""{ "prices": [ null ] }""", "prices.json: price 1 (without a model) must have a 'model' and a 'provider'")]
    [TestCase("""{ "aliases": [ null ] }""", "prices.json: an alias must have a 'name', a 'model' and a 'provider' ()")]
    [TestCase("""{ "provider": "x", "discounts": [ null ] }""", "prices.json: discount 1 must name a 'provider' and 'times', from 0 to 100")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1, "bands": [ null ] } ] }""", "price 1 (m): 'above' of the bands must be greater than 0 and grow")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1, "tiers": { "batch": null } } ] }""", "price 1 (m): the tier 'batch' must have either 'times' or figures of its own")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1, "tiers": { "batch": { "input": 1, "bands": [ null ] } } } ] }""", "price 1 (m): 'above' of the bands must be greater than 0 and grow")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1, "tiers": { "batch": { "times": -1 } } } ] }""", "price 1 (m): 'times' of the tier 'batch' is -1; it must be from 0 to 100")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1, "us": 1e25 } ] }""", "price 1 (m): 'us' is 10000000000000000000000000; it must be from 0 to 100")]
    [TestCase("""{ "provider": "x", "prices": [ { "model": "m", "input": 1, "web_search": 1 } ], "discounts": [ { "times": 100 } ] }""", "the discount on x/m: ")]
    [TestCase("""{ "prices": [ { "provider": "x", "model": "m\ud800", "input": 1 } ] }""", "prices.json, line 1")]
    [TestCase("null", "prices.json: it holds nothing")]
    [TestCase("{ \"prices\": [\n\n", "prices.json, line 3")]
    [TestCase("", "prices.json")]
    public void Fault_is_told_with_file_and_entry(string json, string message) =>
        Assert.That(() => PriceFiles.Book(json), Throws.TypeOf<PriceFileException>().With.Message.Contains(message));

    [Test]
    public void All_faults_are_told_at_once()
    {
        var exception = Assert.Throws<PriceFileException>(() => PriceFiles.Book("""{ "provider": "x", "prices": [ { "model": "m" }, { "model": "n" } ] }"""));

        Assert.That(exception!.Message.Split(Environment.NewLine), Has.Length.EqualTo(2));
    }

    [Test]
    public void Comments_trailing_commas_and_a_byte_order_mark_are_fine() =>
        Assert.That(PriceFiles.Book("\uFEFF{ \"provider\": \"x\", // mine\n \"prices\": [ { \"model\": \"m\", \"input\": 1, }, ] }").Find("x", "m"), Is.Not.Null);

    [Test]
    public void Embedded_files_name_a_source_for_every_price() =>
        Assert.That(PriceBook.Embedded.All.SelectMany(model => model.Prices).Where(price => !price.Source.Contains("20", StringComparison.Ordinal) && !price.Source.Contains("own machine", StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void Book_is_told_apart_by_what_is_in_it()
    {
        var (one, same, other) = (PriceFiles.Book("{}"), PriceFiles.Book("{}"), PriceFiles.Book("{ }"));

        Assert.That(one.Hash, Is.EqualTo(same.Hash).And.Not.EqualTo(other.Hash).And.Not.EqualTo(PriceBook.Embedded.Hash));
    }
}
