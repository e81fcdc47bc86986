using System.Text;

namespace Tracker.Proxy.Connecting.Editing;

/// <summary>
/// The lines that a change takes away and adds, as a unified diff without context. On a line nothing is shown but what is Tracker's own: the rest, which may be a key, is an ellipsis.
/// </summary>
internal static class LineDiff
{
    private const string Structure = " \t{}[]:,=";

    /// <param name="before">The file as it is; null: there is none.</param>
    /// <param name="after">The file as it will be; null: there will be none.</param>
    /// <param name="path">Its name in the head.</param>
    /// <param name="shown">What may be shown: names and values of Tracker's settings.</param>
    public static string Of(string? before, string? after, string path, IEnumerable<string> shown)
    {
        string[] old = Split(before), changed = Split(after), own = [.. shown.Where(text => text.Length > 0).Distinct().OrderByDescending(text => text.Length)];
        var result = new StringBuilder().Append($"--- {(before is null ? "/dev/null" : path)}\n+++ {(after is null ? "/dev/null" : path)}\n");
        foreach (var (start, end, newStart, newEnd) in Hunks(old, changed))
        {
            result.Append($"@@ -{Range(start, end)} +{Range(newStart, newEnd)} @@\n");
            result.AppendJoin("", old[start..end].Select(line => $"-{Mask(line, own)}\n"));
            result.AppendJoin("", changed[newStart..newEnd].Select(line => $"+{Mask(line, own)}\n"));
        }

        return result.ToString();
    }

    private static string[] Split(string? text) => string.IsNullOrEmpty(text) ? [] : (text[^1] == '\n' ? text[..^1] : text).Split('\n').Select(line => line.TrimEnd('\r')).ToArray();

    private static string Range(int start, int end) => (end - start) switch
    {
        0 => $"{start},0",
        1 => $"{start + 1}",
        var count => $"{start + 1},{count}",
    };

    private static string Mask(string line, string[] own)
    {
        var result = new StringBuilder();
        for (var i = 0; i < line.Length;)
        {
            if (Array.Find(own, text => line.AsSpan(i).StartsWith(text, StringComparison.Ordinal)) is { } text)
            {
                result.Append(text);
                i += text.Length;
            }
            else
            {
                var isShown = Structure.Contains(line[i], StringComparison.Ordinal);
                result.Append(isShown ? line[i] : result.Length > 0 && result[^1] == '…' ? "" : '…');
                i++;
            }
        }

        return result.ToString();
    }

    /// <summary>What is not in the longest common subsequence of the lines. Settings files are small; of a large one all between the first and the last change is one hunk.</summary>
    private static IEnumerable<(int Start, int End, int NewStart, int NewEnd)> Hunks(string[] old, string[] changed)
    {
        var first = 0;
        while (first < old.Length && first < changed.Length && old[first] == changed[first])
        {
            first++;
        }

        var (last, newLast) = (old.Length, changed.Length);
        while (last > first && newLast > first && old[last - 1] == changed[newLast - 1])
        {
            (last, newLast) = (last - 1, newLast - 1);
        }

        var (height, width) = (last - first, newLast - first);
        if ((long)height * width > 4_000_000)
        {
            yield return (first, last, first, newLast);
            yield break;
        }

        var common = new int[height + 1, width + 1];
        for (var i = height - 1; i >= 0; i--)
        {
            for (var j = width - 1; j >= 0; j--)
            {
                common[i, j] = old[first + i] == changed[first + j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var (x, y) = (0, 0);
        while (x < height || y < width)
        {
            var (startX, startY) = (x, y);
            while (x < height || y < width)
            {
                if (x < height && y < width && old[first + x] == changed[first + y])
                {
                    break;
                }

                if (y == width || (x < height && common[x + 1, y] >= common[x, y + 1]))
                {
                    x++;
                }
                else
                {
                    y++;
                }
            }

            if (x > startX || y > startY)
            {
                yield return (first + startX, first + x, first + startY, first + y);
            }

            while (x < height && y < width && old[first + x] == changed[first + y])
            {
                (x, y) = (x + 1, y + 1);
            }
        }
    }
}
