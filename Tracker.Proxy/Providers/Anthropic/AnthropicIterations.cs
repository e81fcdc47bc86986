using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Providers.Anthropic;

/// <summary>The <c>iterations</c> of a <c>usage</c> object. Like its counts they are cumulative: a list that comes again replaces the earlier one.</summary>
internal sealed class AnthropicIterations
{
    private readonly UsageIterations _told = new();
    private AnthropicCounts _entry = new();
    private string? _type;
    private string? _model;
    private bool _isWithinList;

    public IReadOnlyList<IterationUsage> Apart => _told.Apart;

    public bool HasFallback => _told.HasFallback;

    public string? FallbackModel => _told.FallbackModel;

    public TokenBlock WithSplitOf(TokenBlock counts) => _told.WithSplitOf(counts);

    /// <param name="field">The path within the entry.</param>
    /// <param name="value">Its value.</param>
    public void Set(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (!_isWithinList)
        {
            _isWithinList = true;
            _told.Clear();
        }

        if (field.SequenceEqual("type"u8))
        {
            _type = value.Word;
        }
        else if (field.SequenceEqual("model"u8))
        {
            _model = value.Word;
        }
        else
        {
            _entry.Set(field, value);
        }
    }

    public void EndEntry()
    {
        _told.TryAdd(_type, _model, _entry.Tokens);
        ForgetEntry();
    }

    /// <summary>The document has ended, perhaps within an entry; what comes is another list.</summary>
    public void EndList()
    {
        _isWithinList = false;
        ForgetEntry();
    }

    private void ForgetEntry() => (_entry, _type, _model) = (new AnthropicCounts(), null, null);
}
