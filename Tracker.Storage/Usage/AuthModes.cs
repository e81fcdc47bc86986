namespace Tracker.Storage.Usage;

/// <summary>The words of the <c>auth_mode</c> column.</summary>
internal static class AuthModes
{
    private const string ApiKey = "api_key";
    private const string Subscription = "subscription";

    public static string? ToText(AuthMode? mode) => mode switch { AuthMode.ApiKey => ApiKey, AuthMode.Subscription => Subscription, _ => null };

    /// <returns>Null for any other word.</returns>
    public static AuthMode? FromText(string? text) => text switch { ApiKey => AuthMode.ApiKey, Subscription => AuthMode.Subscription, _ => null };
}
