namespace Tracker.Tests.Support;

/// <summary>How often a fault is repeated: a few times where somebody waits for the result, many times in CI, which sets LONG_TESTS.</summary>
internal static class Rounds
{
    public static bool AreLong { get; } = Environment.GetEnvironmentVariable("LONG_TESTS") == "1";

    public static int Of(int few, int many) => AreLong ? many : few;
}
