using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Care;

/// <summary>Reads what can be read of a damaged database, and counts what cannot. SQLite has no checksums, so a row is taken only if it can be one of Tracker's.</summary>
internal sealed class DatabaseSalvage(SqliteConnection damaged)
{
    private const long LongestGap = 1 << 20;
    private const int LongestKey = 1200; // Ids are taken up to 1024 bytes, and the vendor or the client stands before them.
    private static readonly DateTimeOffset Earliest = DateTimeOffset.UnixEpoch; // A machine without a clock of its own begins there.
    private static readonly DateTimeOffset Latest = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Places where rows could not be read.</summary>
    public int Holes { get; private set; }

    /// <summary>How many rows those places can have had; ids have gaps, so it may be less.</summary>
    public long LostAtMost { get; private set; }

    /// <summary>Calls that could be read, and their tools not.</summary>
    public int CallsWithoutTools { get; private set; }

    /// <summary>Rows that could be read and cannot be right.</summary>
    public long Implausible { get; private set; }

    /// <summary>All calls that can be read, in the order of their ids.</summary>
    public IEnumerable<(long Id, UsageRecord Record)> ReadCalls()
    {
        StoredCalls calls;
        long last;
        try
        {
            calls = new StoredCalls(damaged);
            last = ReadLastId(damaged);
        }
        catch (SqliteException)
        {
            Holes++; // Not even its schema can be read, so nobody knows how many there were.
            yield break;
        }

        using (calls)
        {
            for (var (from, good, gap) = (0L, 0L, 1L); from <= last;)
            {
                if (!TryRead(calls, from, out var found))
                {
                    // The next page may be whole: it is looked for in steps that grow.
                    Holes += gap == 1 ? 1 : 0;
                    from += gap;
                    gap = Math.Min(gap * 2, LongestGap);
                    continue;
                }

                LostAtMost += gap == 1 ? 0 : (found?.Id ?? last + 1) - good - 1;
                if (found is not { } call)
                {
                    yield break;
                }

                (good, from, gap) = (call.Id, call.Id + 1, 1);
                CallsWithoutTools = calls.CallsWithoutTools;
                if (IsPlausible(call.Record))
                {
                    yield return call;
                }
                else
                {
                    Implausible++;
                }
            }
        }
    }

    /// <summary>The greatest id of a call. Where the end cannot be read, one so far on that nothing is expected behind it.</summary>
    public static long ReadLastId(SqliteConnection damaged)
    {
        try
        {
            return damaged.ExecuteScalar<long?>("SELECT max(id) FROM usage NOT INDEXED") ?? 0;
        }
        catch (SqliteException)
        {
            return 100_000_000;
        }
    }

    /// <summary>Whether it can be a key of Tracker's.</summary>
    public static bool IsPlausible(UsageKey key) =>
        key.Value is { Length: > 2 and < LongestKey } value && value.Contains(':', StringComparison.Ordinal) && !value.Any(c => char.IsControl(c) || c == '\uFFFD');

    private static bool TryRead(StoredCalls calls, long from, out (long Id, UsageRecord Record)? call)
    {
        try
        {
            call = calls.ReadFrom(from);
            return true;
        }
        catch (SqliteException)
        {
            call = null;
            return false;
        }
    }

    private static bool IsPlausible(UsageRecord record) =>
        IsPlausible(record.Key) && record.OccurredAt >= Earliest && record.OccurredAt < Latest
        && record.Quality is >= CountQuality.Overstated and <= CountQuality.Final && record.Evidence is >= Evidence.Wire and <= (Evidence.Wire | Evidence.Transcript)
        && new[] { record.InputTokens, record.OutputTokens, record.ReasoningTokens, record.CacheReadTokens, record.CacheCreation5mTokens, record.CacheCreation1hTokens }.All(count => count is null or (>= 0 and <= TokenCount.Largest));
}
