using System.Text;
using Tracker.Storage.Pricing;

namespace Tracker.Tests.Support;

/// <summary>Price books of a test's own.</summary>
internal static class PriceFiles
{
    /// <summary>The embedded book with a user's file above it.</summary>
    public static PriceBook Book(string own) => PriceBook.With(null, (Encoding.UTF8.GetBytes(own), "prices.json"));
}
