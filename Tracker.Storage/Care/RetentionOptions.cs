using Microsoft.Extensions.Options;

namespace Tracker.Storage.Care;

/// <summary>How long calls are kept.</summary>
public sealed class RetentionOptions
{
    public const string SectionName = "Retention";

    /// <summary>Days after which the importer removes a call and keeps its sums. 1 to 36 500; null or empty: calls are kept for ever. Default null.</summary>
    public int? Days { get; set; }
}

/// <summary>Names a wrong retention setting by its key.</summary>
public sealed class RetentionOptionsValidator : IValidateOptions<RetentionOptions>
{
    public ValidateOptionsResult Validate(string? name, RetentionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Days is null or (>= 1 and <= 36_500)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Retention:Days is {options.Days}: it must be between 1 and 36500, or empty to keep all calls.");
    }
}
