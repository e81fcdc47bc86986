namespace Tracker.Proxy.Connecting.Editing;

/// <summary>One piece of a text that another has taken the place of. Those of a change follow each other: each speaks of the text that the one before has left.</summary>
internal sealed record TextEdit(int Start, string Removed, string Inserted)
{
    public string ApplyTo(string text) => Replace(text, Removed, Inserted);

    public string TakeBackFrom(string text) => Replace(text, Inserted, Removed);

    private string Replace(string text, string from, string to) => string.Concat(text.AsSpan(0, Start), to, text.AsSpan(Start + from.Length));
}
