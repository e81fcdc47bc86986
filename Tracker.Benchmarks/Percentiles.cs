namespace Tracker.Benchmarks;

internal static class Percentiles
{
    public static double Median(this IReadOnlyCollection<double> values) => At(values, 0.5);

    public static double P99(this IReadOnlyCollection<double> values) => At(values, 0.99);

    private static double At(IReadOnlyCollection<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)(share * (sorted.Length - 1))];
    }
}
