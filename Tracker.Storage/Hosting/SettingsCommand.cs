using System.CommandLine;
using System.Text;

namespace Tracker.Storage.Hosting;

/// <summary>The command <c>settings</c> of both programs.</summary>
public static class SettingsCommand
{
    /// <param name="program">Begins a message about a wrong setting.</param>
    /// <param name="json">The option for one JSON document.</param>
    public static Command Create(string program, Option<bool> json)
    {
        var command = new Command("settings", "Every setting: what holds, and whether the file, a variable or nobody says so") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction((result, _) => Task.FromResult(Run(program, result.UnmatchedTokens, result.GetValue(json))));
        return command;
    }

    private static int Run(string program, IReadOnlyList<string> arguments, bool json)
    {
        try
        {
            CommandOutput.Show(SettingsReader.Read(arguments), json, () => SettingsJson.Default.SettingsReport, TextOf);
            return ExitCodes.Ok;
        }
        catch (Exception exception) when (StartupFailure.Explain(exception) is { } failure)
        {
            return failure.Tell(program);
        }
    }

    private static string TextOf(SettingsReport report)
    {
        var text = new StringBuilder();
        text.AppendLine($"Settings file {report.File}{(report.FileExists ? "" : ", which is not there")}").AppendLine();
        var rows = report.Settings.Select(setting => (setting.Key, Value: setting.Value ?? "-", setting.Source)).ToList();
        var (keys, values) = (rows.Max(row => row.Key.Length), Math.Min(rows.Max(row => row.Value.Length), 60));
        foreach (var (key, value, source) in rows)
        {
            text.AppendLine($"{key.PadRight(keys)}  {value.PadRight(values)}  {source}".TrimEnd());
        }

        foreach (var key in report.Unknown)
        {
            text.AppendLine($"{key.PadRight(keys)}  is no setting that Tracker knows, and has no effect");
        }

        return text.ToString();
    }
}
