using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>
/// The message <c>codex.rate_limits</c>, by which a WebSocket tells what the headers <c>x-codex-…</c> tell over HTTP (openai/codex#10324; the fields are those of
/// <c>parse_rate_limit_event</c> in its <c>codex-rs/codex-api/src/rate_limits.rs</c>, read 2026-11). <c>resets_at</c> and <c>reset_after_seconds</c> are what its other sources say for <c>reset_at</c>.
/// </summary>
internal sealed class CodexRateLimitsMessage : IJsonVisitor
{
    private readonly JsonScanner _json;
    private readonly Place _primary = new("primary");
    private readonly Place _secondary = new("secondary");
    private bool _isOne;
    private string? _meteredName;
    private string? _name;

    public CodexRateLimitsMessage() => _json = new JsonScanner(this);

    /// <summary>Shows a piece of a message of any type. Others begin with theirs, and are not read further.</summary>
    public void Read(ReadOnlySpan<byte> bytes) => _json.Read(bytes);

    /// <summary>The message is whole: takes what it told, and forgets it to read the next one.</summary>
    public IReadOnlyList<LimitSample> Take(TimeProvider time)
    {
        IReadOnlyList<LimitSample> samples = _isOne && _json.Ended ? Samples(time.GetUtcNow()) : [];
        _json.Reset();
        (_isOne, _meteredName, _name) = (false, null, null);
        _primary.Reset();
        _secondary.Reset();
        return samples;
    }

    void IJsonVisitor.OnValue(ReadOnlySpan<byte> path, JsonScalar value)
    {
        if (path.SequenceEqual("type"u8))
        {
            _isOne = value.Is("codex.rate_limits"u8);
            if (!_isOne)
            {
                _json.Skip();
            }
        }
        else if (path.SequenceEqual("metered_limit_name"u8))
        {
            _meteredName = value.Text;
        }
        else if (path.SequenceEqual("limit_name"u8))
        {
            _name = value.Text;
        }
        else if (path.StartsWith("rate_limits.primary."u8))
        {
            _primary.Set(path["rate_limits.primary.".Length..], value);
        }
        else if (path.StartsWith("rate_limits.secondary."u8))
        {
            _secondary.Set(path["rate_limits.secondary.".Length..], value);
        }
    }

    void IJsonVisitor.OnObjectEnd(ReadOnlySpan<byte> path)
    {
    }

    private List<LimitSample> Samples(DateTimeOffset now)
    {
        var family = CodexWindow.FamilyOf(_meteredName ?? _name);
        return [.. new[] { _primary.Read(family, now), _secondary.Read(family, now) }.OfType<LimitSample>()];
    }

    private sealed class Place(string name)
    {
        private double? _usedPercent;
        private long? _minutes;
        private long? _resetAt;
        private long? _resetAfter;

        public void Set(ReadOnlySpan<byte> field, JsonScalar value)
        {
            if (field.SequenceEqual("used_percent"u8))
            {
                _usedPercent = value.Number;
            }
            else if (field.SequenceEqual("window_minutes"u8))
            {
                _minutes = value.Count;
            }
            else if (field.SequenceEqual("reset_at"u8) || field.SequenceEqual("resets_at"u8))
            {
                _resetAt = value.Count ?? _resetAt;
            }
            else if (field.SequenceEqual("reset_after_seconds"u8))
            {
                _resetAfter = value.Count;
            }
        }

        public LimitSample? Read(string? family, DateTimeOffset now) =>
            CodexWindow.Read(family, name, _usedPercent, _minutes, CodexWindow.At(_resetAt) ?? CodexWindow.After(_resetAfter, now), now);

        public void Reset() => (_usedPercent, _minutes, _resetAt, _resetAfter) = (null, null, null, null);
    }
}
