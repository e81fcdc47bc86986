namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>How a client's run ended.</summary>
/// <param name="Turn">What it was asked.</param>
/// <param name="ExitCode">Null when it was killed.</param>
/// <param name="Output">Both its outputs.</param>
internal sealed record ClientResult(ClientTurn Turn, int? ExitCode, string Output)
{
    /// <summary>Asserts that the client itself says that all went well.</summary>
    public void AssertAnswered(string answer) => Assert.That((ExitCode, Output.Contains(answer, StringComparison.Ordinal)), Is.EqualTo((0, true)), $"{Turn.Prompt}\n{Output}");
}
