namespace Tracker.Storage.Pricing;

/// <summary>A model whose calls have tokens and no cost.</summary>
/// <param name="Provider">Null: unknown, and then no price can be known.</param>
/// <param name="Model">Null: unknown.</param>
/// <param name="Calls">How many.</param>
/// <param name="LastAt">When the latest was sent.</param>
public sealed record UnpricedModel(string? Provider, string? Model, long Calls, DateTimeOffset LastAt);
