using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>The user's files above the book that ships with Tracker.</summary>
public sealed class PriceBooksTests
{
    private const string Opus = """{ "as_of": "2099-01-01", "provider": "anthropic", "prices": [ { "model": "claude-opus-4-8", "input": 7, "output": 7 } ] }""";

    private readonly TempDirectory _settings = new();

    [TearDown]
    public void TearDown() => _settings.Dispose();

    [Test]
    public void Without_files_it_is_the_embedded_book()
    {
        var books = new PriceBooks(_settings.Path);

        Assert.That((books.Current, books.Trouble, books.LookAgain()), Is.EqualTo((PriceBook.Embedded, (string?)null, false)));
    }

    [Test]
    public void Users_file_wins_over_the_refreshed_one_which_wins_over_the_embedded()
    {
        Write(PriceBooks.RefreshedFileName, Opus);
        Write(PriceBooks.OwnFileName, """{ "prices": [ { "provider": "anthropic", "model": "claude-opus-4-7", "input": 9 } ] }""");

        var book = new PriceBooks(_settings.Path).Current;

        Assert.That(IdOf(book, "claude-opus-4-8"), Is.EqualTo("refreshed:anthropic/claude-opus-4-8"));
        Assert.That(IdOf(book, "claude-opus-4-7"), Is.EqualTo("own:anthropic/claude-opus-4-7"));
        Assert.That(IdOf(book, "claude-opus-4-6"), Is.EqualTo("anthropic/claude-opus-4-6@2026-03-13"));
    }

    [Test]
    public void Wrong_file_is_told_and_left_out_and_the_other_one_counts()
    {
        Write(PriceBooks.RefreshedFileName, Opus);
        Write(PriceBooks.OwnFileName, """{ "prices": [ { "provider": "anthropic", "model": "claude-opus-4-7" } ] }""");

        var books = new PriceBooks(_settings.Path);

        Assert.That(books.Trouble, Is.EqualTo($"{_settings.File(PriceBooks.OwnFileName)}: price 1 (claude-opus-4-7): 'input' is missing"));
        Assert.That(IdOf(books.Current, "claude-opus-4-8"), Is.EqualTo("refreshed:anthropic/claude-opus-4-8"));
        Assert.That(IdOf(books.Current, "claude-opus-4-7"), Is.EqualTo("anthropic/claude-opus-4-7"));
    }

    [Test]
    public void Refreshed_file_older_than_the_program_is_not_used()
    {
        Write(PriceBooks.RefreshedFileName, Opus.Replace("2099", "2025", StringComparison.Ordinal));

        var books = new PriceBooks(_settings.Path);

        Assert.That(IdOf(books.Current, "claude-opus-4-8"), Is.EqualTo("anthropic/claude-opus-4-8"));
        Assert.That(books.Trouble, Does.Contain("is of 2025-01-01, and this version of Tracker brings prices of 20").And.Contain("Refresh again, or delete it."));
    }

    [Test]
    public void Changed_file_is_taken_up_by_a_running_program()
    {
        var books = new PriceBooks(_settings.Path);
        Write(PriceBooks.OwnFileName, "{ \"prices\": [");
        Assert.That((books.LookAgain(), books.Trouble), Is.Not.EqualTo((true, (string?)null)));

        Write(PriceBooks.OwnFileName, Opus);

        Assert.That((books.LookAgain(), books.Trouble, IdOf(books.Current, "claude-opus-4-8")), Is.EqualTo((true, (string?)null, "own:anthropic/claude-opus-4-8")));
        Assert.That(books.LookAgain(), Is.False);
        File.Delete(_settings.File(PriceBooks.OwnFileName));
        Assert.That((books.LookAgain(), books.Current), Is.EqualTo((true, PriceBook.Embedded)));
    }

    private void Write(string name, string text) => File.WriteAllText(_settings.File(name), text);

    private static string? IdOf(PriceBook book, string model) => book.Find("anthropic", model)?.At(Some.Time)?.Id;
}
