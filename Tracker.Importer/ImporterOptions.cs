using Microsoft.Extensions.Options;

namespace Tracker.Importer;

/// <summary>The section <c>Importer</c>.</summary>
internal sealed class ImporterOptions
{
    public const string SectionName = "Importer";

    /// <summary>Time between two passes with <c>--watch</c>; one second to one day. Default five minutes.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Where clients' folders are looked for. Default: the user's home. While it is that, the clients' own variables are honoured too.</summary>
    public string? Home { get; set; }
}

/// <summary>Names every wrong importer setting by its key.</summary>
internal sealed class ImporterOptionsValidator : IValidateOptions<ImporterOptions>
{
    public ValidateOptionsResult Validate(string? name, ImporterOptions options) =>
        options.Interval < TimeSpan.FromSeconds(1) || options.Interval > TimeSpan.FromDays(1)
            ? ValidateOptionsResult.Fail($"Importer:Interval is {options.Interval}: it must be between 00:00:01 and 1.00:00:00.")
            : ValidateOptionsResult.Success;
}
