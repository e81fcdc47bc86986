using System.Net;
using System.Text.Json;

namespace Tracker.Proxy.Doctor;

/// <summary>Asks one of the addresses that the proxy should listen on who is there.</summary>
internal sealed class ProxyProbe(HttpClient client)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>A client that asks this machine only, without a proxy between, and therefore whatever name is on the certificate.</summary>
    public static HttpClient CreateClient()
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public async Task<ProbedAddress> AskAsync(string address, CancellationToken cancellationToken)
    {
        if (BaseOf(address) is not { } uri)
        {
            return new ProbedAddress(address, null, Answerer.Unknown, null, null);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Longest);
        try
        {
            using var response = await client.GetAsync(new Uri(uri, "/status"), patience.Token);
            var body = await response.Content.ReadAsStringAsync(patience.Token);
            if (response.IsSuccessStatusCode && Parse(body) is { Version: not null, Database: not null } status)
            {
                return new ProbedAddress(address, uri, Answerer.Tracker, status, null);
            }

            // It may answer under another name only, or want a token: then /healthz alone tells.
            return body.Contains("Tracker", StringComparison.Ordinal) || response.StatusCode == HttpStatusCode.Unauthorized && await IsHealthyAsync(uri, patience.Token)
                ? new ProbedAddress(address, uri, Answerer.Tracker, null, $"it answers {(int)response.StatusCode} to /status")
                : new ProbedAddress(address, uri, Answerer.Other, null, $"it answers {(int)response.StatusCode} to /status, and not as Tracker does");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProbedAddress(address, uri, Answerer.Other, null, $"it takes connections and gives no answer within {Longest.TotalSeconds:0} seconds");
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
        {
            return new ProbedAddress(address, uri, Answerer.Nobody, null, exception.Message);
        }
        catch (HttpRequestException exception)
        {
            return new ProbedAddress(address, uri, Answerer.Other, null, $"it does not speak HTTP ({exception.Message})");
        }
    }

    private async Task<bool> IsHealthyAsync(Uri uri, CancellationToken cancellationToken)
    {
        using var response = await client.GetAsync(new Uri(uri, "/healthz"), cancellationToken);
        return response.IsSuccessStatusCode && await response.Content.ReadAsStringAsync(cancellationToken) == "ok\n";
    }

    private static ProxyStatus? Parse(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, DoctorJson.Default.ProxyStatus);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Whoever listens on all addresses listens on this one too. A port of 0 is any port.
    private static Uri? BaseOf(string address)
    {
        var parsed = BindingAddress.Parse(address);
        var host = parsed.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "127.0.0.1" : parsed.Host;
        return !parsed.IsUnixPipe && parsed.Port > 0 && Uri.TryCreate($"{parsed.Scheme}://{host}:{parsed.Port}", UriKind.Absolute, out var uri) ? uri : null;
    }
}

/// <summary>Who is at an address.</summary>
internal enum Answerer
{
    /// <summary>It cannot be asked.</summary>
    Unknown,
    Nobody,
    Tracker,
    Other,
}

/// <param name="Address">As the setting has it.</param>
/// <param name="Uri">Where it was asked; null: it cannot be.</param>
/// <param name="Answerer">Who answered.</param>
/// <param name="Status">What Tracker told.</param>
/// <param name="Reason">What was seen instead.</param>
internal sealed record ProbedAddress(string Address, Uri? Uri, Answerer Answerer, ProxyStatus? Status, string? Reason);
