using System.Diagnostics;
using System.Text.Json;
using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

/// <summary>
/// Tracker's prices against those of an independent engine with data and arithmetic of its own, over random usages of every model that both know. They are
/// equal to the nano-dollar, and what is not is listed with its reason in CrossCheck/differences.json: a difference that is not listed fails, and so does a listed one that is none.
/// </summary>
public sealed class PriceCrossCheckTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "Tracker.Tests", "CrossCheck");
    private static readonly long[] Sizes = [0, 1, 7, 1_000, 12_345, 100_000, 128_000, 200_000, 250_000, 272_000, 400_000, 1_000_000];
    private static readonly DateTimeOffset First = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Last = new(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);

    // As genai-prices calls them.
    private static readonly Dictionary<string, string> Providers = new(StringComparer.Ordinal)
    {
        ["anthropic"] = "anthropic",
        ["openai"] = "openai",
        ["gemini"] = "google",
        ["deepseek"] = "deepseek",
        ["xai"] = "x-ai",
        ["mistral"] = "mistral",
        ["groq"] = "groq",
        ["cohere"] = "cohere",
        ["cerebras"] = "cerebras",
        ["perplexity"] = "perplexity",
        ["together"] = "together",
        ["fireworks"] = "fireworks",
        ["openrouter"] = "openrouter",
        ["moonshotai"] = "moonshotai",
        ["zai"] = "zai",
        ["minimax"] = "minimax",
        ["github-copilot"] = "github-copilot",
    };

    [Test, CancelAfter(600_000)]
    public async Task Costs_are_those_of_an_independent_engine(CancellationToken cancellationToken)
    {
        var usagesPerModel = Rounds.Of(few: 200, many: 600);
        using var engine = StartEngine();
        var differences = Difference.ReadAll(Path.Combine(Folder, "differences.json"));
        var unexplained = new List<string>();
        var (models, usages, unknownHere) = (0, 0L, 0L);

        foreach (var model in PriceBook.Embedded.All.Where(model => Providers.ContainsKey(model.Provider) && model.Prices.All(price => price.Unpriced is null)))
        {
            var calls = Calls(model, usagesPerModel);
            var theirs = await engine.AskAsync(Providers[model.Provider], model.Model, calls, cancellationToken);
            var compared = 0;
            foreach (var (call, their) in calls.Zip(theirs).Where(pair => pair.Second is not null))
            {
                if (PriceBook.Embedded.CostOf(call).NanoUsd is not { } ours)
                {
                    unknownHere++; // One lifetime of a cache or a search without a price: they take that of another.
                    continue;
                }

                compared++;
                // Their sum is a double; ours is exact and rounded once.
                if (Math.Abs(ours - (their!.Value * 1e9)) > 0.51 && !differences.Exists(difference => difference.Explains(model, call)))
                {
                    unexplained.Add($"{model.Provider}/{model.Model} at {call.OccurredAt:u}: {ours} here, {their * 1e9:0.###} there; {call}");
                    break;
                }
            }

            models += compared > 0 ? 1 : 0;
            usages += compared;
        }

        TestContext.Out.WriteLine($"{usages} usages of {models} models compared; {unknownHere} have no cost here; {differences.Count} explained differences");
        Assert.That(unexplained, Is.Empty, $"{unexplained.Count} models:\n{string.Join('\n', unexplained)}");
        Assert.That(differences.Where(difference => !difference.WasMet).Select(difference => string.Join(", ", difference.Models)), Is.Empty, "listed, and no difference any more");
        Assert.That(models, Is.GreaterThan(400));
    }

    private static List<PricedCall> Calls(PriceMatch model, int count)
    {
        var random = new Random(count); // The hash of a text would be another one in each process.
        return
        [
            // Each boundary exactly, which few calls by chance have.
            .. Sizes.Select(size => new PricedCall { OccurredAt = Last.AddDays(-1), Provider = model.Provider, Model = model.Model, InputTokens = size, OutputTokens = 1000 }),
            .. Sizes.Select(size => new PricedCall { OccurredAt = Last.AddDays(-1), Provider = model.Provider, Model = model.Model, InputTokens = 0, CacheReadTokens = size, OutputTokens = 1000 }),
            .. Enumerable.Range(0, count).Select(_ => new PricedCall
            {
                OccurredAt = First.AddSeconds(random.NextInt64((long)(Last - First).TotalSeconds)),
                Provider = model.Provider,
                Model = model.Model,
                InputTokens = Size(random),
                CacheReadTokens = random.Next(3) == 0 ? 0 : Size(random),
                CacheCreation5mTokens = random.Next(2) == 0 ? 0 : Size(random),
                CacheCreation1hTokens = random.Next(3) == 0 ? Size(random) : 0,
                OutputTokens = random.NextInt64(64_000),
                WebSearchRequests = random.Next(4) == 0 ? random.Next(5) : 0,
            }),
        ];
    }

    private static long Size(Random random) => random.Next(4) == 0 ? Sizes[random.Next(Sizes.Length)] : random.NextInt64(200_000);

    private static Engine StartEngine()
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "@pydantic", "genai-prices")))
        {
            Assert.Ignore("The other engine is not installed: npm install --prefix Tracker.Tests/CrossCheck --no-package-lock --ignore-scripts");
        }

        try
        {
            return new Engine(Process.Start(new ProcessStartInfo("node") { ArgumentList = { "price.mjs" }, WorkingDirectory = Folder, RedirectStandardInput = true, RedirectStandardOutput = true })!);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("Node.js is not installed: the other engine cannot run.");
            throw;
        }
    }

    private sealed class Engine(Process process) : IDisposable
    {
        public async Task<double?[]> AskAsync(string provider, string model, List<PricedCall> calls, CancellationToken cancellationToken)
        {
            var question = new { provider, model, usages = calls.Select(call => new[] { call.OccurredAt.ToUnixTimeMilliseconds(), call.InputTokens ?? 0, call.CacheReadTokens ?? 0, call.CacheCreation5mTokens ?? 0, call.CacheCreation1hTokens ?? 0, call.OutputTokens ?? 0, call.WebSearchRequests ?? 0 }) };
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(question).AsMemory(), cancellationToken);
            await process.StandardInput.FlushAsync(cancellationToken);
            var answer = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The other engine has ended.");
            return JsonSerializer.Deserialize<double?[]>(answer)!;
        }

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }

    /// <summary>One reason why some costs differ.</summary>
    private sealed class Difference
    {
        private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

        /// <summary><c>provider/model</c>, or <c>provider/*</c>.</summary>
        public required string[] Models { get; init; }

        public required string Why { get; init; }

        /// <summary>Only requests of exactly this total input.</summary>
        public long? TotalInput { get; init; }

        /// <summary>Only requests with searches.</summary>
        public bool Searches { get; init; }

        /// <summary>Only from this day on.</summary>
        public DateTimeOffset? From { get; init; }

        /// <summary>Only before this day.</summary>
        public DateTimeOffset? Before { get; init; }

        public bool WasMet { get; private set; }

        public static List<Difference> ReadAll(string path) => JsonSerializer.Deserialize<List<Difference>>(File.ReadAllText(path), Options)!;

        public bool Explains(PriceMatch model, in PricedCall call)
        {
            var explains = (Models.Contains($"{model.Provider}/{model.Model}") || Models.Contains($"{model.Provider}/*"))
                && (TotalInput ?? call.TotalInputTokens) == call.TotalInputTokens && (!Searches || call.WebSearchRequests > 0) && !(call.OccurredAt < From) && !(call.OccurredAt >= Before);
            WasMet |= explains;
            return explains;
        }
    }
}
