using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Statistics;

/// <summary>
/// Adds up the rows of a report by group. SQLite would sort all of them for that, with every column: twice the time of reading them.
/// </summary>
internal sealed class GroupTable
{
    /// <summary>More groupings than any report has.</summary>
    private const int MostGroupings = 5;

    private readonly IReadOnlyList<Grouping> _by;
    private readonly LocalClock? _clock;
    private readonly Dictionary<string, int> _columns;
    private readonly Func<long, long, long>[] _operations;
    private readonly TextNumbers _texts = new();
    private readonly Dictionary<Key, long[]> _groups = [];

    private GroupTable(IReadOnlyList<Grouping> by, LocalClock? clock, IReadOnlyList<string> columns) =>
        (_by, _clock, _columns, _operations) = (by, clock, columns.Index().ToDictionary(column => column.Item, column => column.Index, StringComparer.Ordinal), [.. columns.Select(OperationOf)]);

    /// <param name="connection">An open connection.</param>
    /// <param name="filter">Which calls.</param>
    /// <param name="by">By what groups are told apart; none: one group of all, if there is a call.</param>
    /// <param name="clock">Whose days and hours, where they are told apart.</param>
    /// <param name="columns">Columns of the roll-up, which become <see cref="Group.Values"/>.</param>
    /// <returns>The groups that have calls, in no order.</returns>
    public static List<Group> Read(SqliteConnection connection, UsageFilter filter, IReadOnlyList<Grouping> by, LocalClock? clock, IReadOnlyList<string> columns)
    {
        if (by.Count > MostGroupings)
        {
            throw new ArgumentOutOfRangeException(nameof(by), by.Count, "too many groupings");
        }

        var sql = $"SELECT {string.Concat(by.Select(grouping => ColumnOf(grouping) + ", "))}{string.Join(", ", columns)} FROM ({UsageFacts.Sql(filter, columns)})";
        using var statement = new Statement(connection, sql);
        filter.Bind(statement);
        var table = new GroupTable(by, clock, columns);
        while (statement.Step())
        {
            table.Add(statement);
        }

        return [.. table._groups.Select(group => table.ToGroup(group.Key, group.Value))];
    }

    private void Add(Statement row)
    {
        var key = new Key(Part(row, 0), Part(row, 1), Part(row, 2), Part(row, 3), Part(row, 4));
        var isNew = !_groups.TryGetValue(key, out var values);
        if (isNew)
        {
            _groups[key] = values = new long[_operations.Length];
        }

        for (var i = 0; i < values!.Length; i++)
        {
            var value = row.Integer(_by.Count + i);
            values[i] = isNew ? value : _operations[i](values[i], value);
        }
    }

    private long Part(Statement row, int index) => index >= _by.Count ? 0 : _by[index] switch
    {
        Grouping.Day => LocalClock.DayOf(_clock!.QuarterOf(row.Integer(index)), 96),
        Grouping.Hour => LocalClock.DayOf(_clock!.QuarterOf(row.Integer(index)), 4),
        Grouping.Evidence => row.Integer(index),
        _ => _texts.Of(row.Utf8(index)),
    };

    private Group ToGroup(in Key key, long[] values)
    {
        long[] parts = [key.A, key.B, key.C, key.D, key.E];
        return new Group(_by, [.. _by.Select((grouping, index) => (parts[index], IsText(grouping) ? _texts[(int)parts[index]] : null))], _columns, values);
    }

    private static bool IsText(Grouping grouping) => grouping is not (Grouping.Day or Grouping.Hour or Grouping.Evidence);

    private static Func<long, long, long> OperationOf(string column) =>
        RollupColumns.Bounds.FirstOrDefault(bound => bound.Name == column).Function switch { "min" => Math.Min, "max" => Math.Max, _ => Sum };

    private static long Sum(long one, long other) => one + other;

    private static string ColumnOf(Grouping grouping) => grouping switch
    {
        Grouping.Day or Grouping.Hour => "quarter",
        Grouping.Provider => "provider",
        Grouping.Client => "client",
        Grouping.Model => "model",
        Grouping.Project => "project",
        Grouping.Session => "session_id",
        Grouping.AuthMode => "auth_mode",
        Grouping.Evidence => "evidence",
        _ => throw new ArgumentOutOfRangeException(nameof(grouping), grouping, null),
    };

    private readonly record struct Key(long A, long B, long C, long D, long E);

    /// <summary>Numbers for texts, so that a key is compared and made without any.</summary>
    private sealed class TextNumbers
    {
        private readonly List<string> _texts = [];
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _byChars;

        public TextNumbers() => _byChars = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();

        public string this[int number] => _texts[number];

        [SuppressMessage("Reliability", "CA2014", Justification = "One small buffer a call.")]
        public int Of(ReadOnlySpan<byte> utf8)
        {
            var chars = utf8.Length <= 512 ? stackalloc char[512] : new char[utf8.Length];
            chars = chars[..Encoding.UTF8.GetChars(utf8, chars)];
            if (!_byChars.TryGetValue(chars, out var number))
            {
                number = _texts.Count;
                var text = chars.ToString();
                _texts.Add(text);
                _numbers.Add(text, number);
            }

            return number;
        }
    }

    /// <summary>One group.</summary>
    /// <param name="By">By what it is told apart from the others.</param>
    /// <param name="Parts">What it has of each of those.</param>
    /// <param name="Columns">Where in the values the columns are that were asked for.</param>
    /// <param name="Values">Its value of each column.</param>
    public sealed record Group(IReadOnlyList<Grouping> By, IReadOnlyList<(long Number, string? Text)> Parts, Dictionary<string, int> Columns, long[] Values)
    {
        /// <summary>Its value of a column that was asked for.</summary>
        public long this[string column] => Values[Columns[column]];

        /// <returns>Null where that is unknown, or groups are not told apart by it.</returns>
        public string? Text(Grouping grouping) => IndexOf(grouping) is >= 0 and var index && Parts[index].Text is { Length: > 0 } text ? text : null;

        /// <returns>Null where groups are not told apart by it.</returns>
        public long? Number(Grouping grouping) => IndexOf(grouping) is >= 0 and var index ? Parts[index].Number : null;

        private int IndexOf(Grouping grouping)
        {
            for (var i = 0; i < By.Count; i++)
            {
                if (By[i] == grouping)
                {
                    return i;
                }
            }

            return -1;
        }
    }
}
