using System.Text.Json;
using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Providers;

namespace Tracker.Proxy.Doctor;

/// <summary>
/// Whether the upstreams in use can be reached through the proxy: by a request that carries no key, costs nothing and makes no row. A refusal of the upstream's is a good answer.
/// </summary>
internal sealed class UpstreamCheck(HttpClient client)
{
    private const string Name = "upstream";

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(40); // The proxy itself gives up connecting after 30.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(2);

    public async Task<IReadOnlyList<Finding>> LookAsync(Patient patient, CancellationToken cancellationToken)
    {
        if (patient is not { Proxy.Uri: { } proxy, Facts: { } facts })
        {
            return [];
        }

        var used = facts.Providers.Select(seen => patient.Providers.Find(seen.Name)).OfType<Provider>().ToList();
        var answers = await Task.WhenAll(used.Select(provider => AskAsync(proxy, provider, patient.Now, cancellationToken)));
        return used.Count == 0 ? [Finding.Ok(Name, "no call has come through the proxy in 30 days, so no upstream was asked")] : [.. answers.SelectMany(findings => findings)];
    }

    private async Task<IReadOnlyList<Finding>> AskAsync(Uri proxy, Provider provider, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Longest);
        try
        {
            using var response = await client.GetAsync(new Uri(proxy, $"/{provider.Name}{PathOf(provider.Dialect)}"), patience.Token);
            var status = (int)response.StatusCode;
            if (status < 500)
            {
                return [Finding.Ok(Name, $"{provider.Name} at {provider.BaseAddress} answers through the proxy ({status})"), .. LookAtClock(response, now)];
            }

            var body = await response.Content.ReadAsStringAsync(patience.Token);
            return body.Contains("Tracker: ", StringComparison.Ordinal)
                ? [Finding.Trouble(Name, $"the proxy cannot reach {provider.Name} at {provider.BaseAddress}: {Reason(body, provider)}", $"look at the network, a proxy or firewall in between, or Proxy:Providers:{provider.Name}:BaseAddress")]
                : [Finding.Warning(Name, $"{provider.Name} at {provider.BaseAddress} can be reached, and answers {status}", "look at the vendor's status page; it is not Tracker's fault")];
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return [Finding.Trouble(Name, $"{provider.Name} at {provider.BaseAddress} gives no answer through the proxy: {exception.Message}", "look at the network, or at the proxy's log")];
        }
    }

    private static IEnumerable<Finding> LookAtClock(HttpResponseMessage response, DateTimeOffset now)
    {
        if (response.Headers.Date is { } theirs && (now - theirs).Duration() > ClockTolerance)
        {
            yield return Finding.Warning(
                "clock", $"the clock of this machine is {(now - theirs).Duration():d\\.hh\\:mm\\:ss} {(now > theirs ? "ahead of" : "behind")} that of an upstream: calls get the wrong time, and perhaps the wrong price",
                "set the clock by the network (timedatectl set-ntp true)");
        }
    }

    // Lists of models and versions; none of them runs a model.
    private static string PathOf(Dialect dialect) => dialect switch
    {
        Dialect.Anthropic or Dialect.OpenAI => "/v1/models",
        Dialect.Gemini => "/v1beta/models",
        Dialect.Ollama => "/api/version",
        _ => "/",
    };

    // The proxy's own errors are in the shape of the API's: "Tracker: cannot reach <address>: <reason>".
    private static string Reason(string body, Provider provider)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var message = document.RootElement.GetProperty("error").GetProperty("message").GetString() ?? body;
            return message.Split($"{provider.BaseAddress}: ", 2)[^1];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return body;
        }
    }
}
