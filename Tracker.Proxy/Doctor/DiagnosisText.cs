using System.Text;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Doctor;

/// <summary>The diagnosis as one page for people.</summary>
internal static class DiagnosisText
{
    private const string Indent = "                       ";

    public static string Of(Diagnosis diagnosis)
    {
        var text = new StringBuilder();
        text.AppendLine($"Tracker {diagnosis.Version}");
        text.AppendLine($"  database  {diagnosis.Database ?? "unknown"}");
        text.AppendLine($"  settings  {diagnosis.Settings}{(File.Exists(diagnosis.Settings) ? "" : " (not there; defaults apply)")}");
        text.AppendLine();
        foreach (var finding in diagnosis.Findings)
        {
            text.AppendLine($"{WordOf(finding.Verdict),-8} {finding.Check,-12}  {TerminalText.OfValue(finding.Message)}");
            if (finding.Advice is { } advice)
            {
                text.AppendLine($"{Indent}-> {TerminalText.OfValue(advice)}");
            }
        }

        return text.AppendLine().AppendLine(Summary(diagnosis.Findings)).ToString();
    }

    private static string Summary(IReadOnlyList<Finding> findings)
    {
        var (troubles, warnings) = (findings.Count(finding => finding.Verdict == Verdict.Trouble), findings.Count(finding => finding.Verdict == Verdict.Warning));
        return (troubles, warnings) switch
        {
            (0, 0) => "Everything works.",
            (0, 1) => "Everything works. One thing should be looked at.",
            (0, _) => $"Everything works. {warnings} things should be looked at.",
            (1, 0) => "One thing is in trouble.",
            (_, 0) => $"{troubles} things are in trouble.",
            (1, _) => $"One thing is in trouble, {warnings} more should be looked at.",
            _ => $"{troubles} things are in trouble, {warnings} more should be looked at.",
        };
    }

    private static string WordOf(Verdict verdict) => verdict.ToString().ToLowerInvariant();
}
