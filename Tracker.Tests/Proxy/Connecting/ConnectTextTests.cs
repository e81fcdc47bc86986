using Tracker.Proxy.Connecting;

namespace Tracker.Tests.Proxy.Connecting;

public sealed class ConnectTextTests
{
    [Test]
    public void Address_or_path_makes_no_line_of_its_own()
    {
        var client = new ClientStatus("codex", "Codex", "the importer reads its logs")
        {
            IsFound = true,
            File = "/x/a\nb",
            State = ClientState.Elsewhere,
            Address = "http://x/\nclaude-code  found      connected here",
            Notes = ["a\nnote"],
        };

        var text = ConnectText.List([client], "http://127.0.0.1:8082", new UserHome("/home/x"));

        Assert.That(text.Split(Environment.NewLine), Has.Length.EqualTo(4).And.None.Contains("\n").And.Some.EndWith("/x/a?b"));
    }
}
