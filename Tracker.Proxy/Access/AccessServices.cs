using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Listening;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Access;

/// <summary>Who may use the proxy from where.</summary>
internal static class AccessServices
{
    private const string TokenKey = $"{ProxyOptions.SectionName}:{nameof(ProxyOptions.AccessToken)}";
    private const string Certificate = "Kestrel:Certificates:Default";

    /// <exception cref="SettingsException">The proxy would be open to other machines without a token, or cannot encrypt as it is told to.</exception>
    public static void AddAccess(this WebApplicationBuilder builder, ListenAddresses addresses)
    {
        if (builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            throw new SettingsException("Kestrel:Endpoints is no setting of Tracker: Urls says where it listens.");
        }

        var token = builder.Configuration[TokenKey];
        if (!string.IsNullOrEmpty(token))
        {
            builder.Services.AddSingleton(new AccessToken(token));
        }
        else if (addresses.All.FirstOrDefault(address => !ListenAddresses.IsLoopback(address)) is { } open)
        {
            throw new SettingsException($"{TokenKey} is not set, and other machines can reach {open}: whoever finds it could read the statistics and send calls. Set it to {AccessToken.Rule}, or Urls to a 127.0.0.1 address.");
        }

        if (addresses.All.FirstOrDefault(ListenAddresses.IsEncrypted) is { } encrypted)
        {
            CheckCertificate(builder.Configuration, encrypted);
            builder.WebHost.UseKestrelHttpsConfiguration();
        }
    }

    public static void UseRemoteAccess(this WebApplication application)
    {
        if (application.Services.GetService<AccessToken>() is not null)
        {
            application.UseMiddleware<RemoteAccess>();
            return;
        }

        // Clients may send one that is no longer, or not yet, in the settings: no upstream is to see it.
        application.Use((context, next) =>
        {
            context.Request.Headers.Remove(RemoteAccess.Header);
            return next(context);
        });
    }

    private static void CheckCertificate(ConfigurationManager configuration, string address)
    {
        var (path, subject) = (configuration[$"{Certificate}:Path"], configuration[$"{Certificate}:Subject"]);
        if (string.IsNullOrEmpty(path) && string.IsNullOrEmpty(subject))
        {
            throw new SettingsException($"Urls is '{address}', and there is no certificate: set {Certificate}:Path (and :KeyPath or :Password).");
        }

        foreach (var key in new[] { "Path", "KeyPath" })
        {
            if (configuration[$"{Certificate}:{key}"] is { Length: > 0 } file)
            {
                configuration[$"{Certificate}:{key}"] = file = TrackerPaths.FromSetting($"{Certificate}:{key}", file);
                if (!File.Exists(file))
                {
                    throw new SettingsException($"{Certificate}:{key} is '{file}', and there is no such file.");
                }
            }
        }
    }
}
