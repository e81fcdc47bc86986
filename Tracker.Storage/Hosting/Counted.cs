using System.Globalization;

namespace Tracker.Storage.Hosting;

/// <summary>A number with what it counts, for people: <c>1 call</c>, <c>2 calls</c>.</summary>
public static class Counted
{
    public static string Of(long number, string noun) => Of(number, noun, noun + "s");

    /// <param name="number">How many.</param>
    /// <param name="one">What follows a one, its verb too: <c>call was</c>.</param>
    /// <param name="several">What follows any other number.</param>
    public static string Of(long number, string one, string several) => string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : several)}");
}
