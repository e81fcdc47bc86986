using System.Text;
using Dapper;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Statistics;

/// <summary>Which calls a report is about. Null means all, an empty text those of whom it is unknown.</summary>
public sealed record UsageFilter
{
    // No time is as far away, and it can be calculated with.
    private const long Open = 1L << 60;

    /// <summary>Calls sent at this moment or later; the earliest moment there is: all of before, too.</summary>
    public DateTimeOffset From { get; init; } = DateTimeOffset.MinValue;

    /// <summary>Calls sent before this moment; the latest there is: all of behind, too.</summary>
    public DateTimeOffset To { get; init; } = DateTimeOffset.MaxValue;

    public string? Client { get; init; }

    /// <summary>The model that answered, else the one asked for.</summary>
    public string? Model { get; init; }

    public string? Provider { get; init; }

    public string? Project { get; init => field = ProjectFolder.Of(value); }

    public string? Session { get; init; }

    /// <summary><see cref="From"/> for a query. A side that is open has every moment there is in it, also the first and the last one.</summary>
    internal long FromMs => From == DateTimeOffset.MinValue ? -Open : From.ToUnixTimeMilliseconds();

    /// <summary><see cref="To"/> for a query.</summary>
    internal long ToMs => To == DateTimeOffset.MaxValue ? Open : To.ToUnixTimeMilliseconds();

    /// <summary>Whether it asks for more than a time.</summary>
    internal bool IsByGroup => (Client ?? Model ?? Provider ?? Project ?? Session) is not null;

    /// <summary>The parameters of the conditions and the bounds of the time.</summary>
    internal DynamicParameters Parameters()
    {
        var parameters = new DynamicParameters();
        parameters.Add("Client", Client);
        parameters.Add("Model", Model);
        parameters.Add("Provider", Provider);
        parameters.Add("Project", Project);
        parameters.Add("Session", Session);
        parameters.Add("FromMs", FromMs);
        parameters.Add("ToMs", ToMs);
        return parameters;
    }

    /// <summary>Binds those of the parameters that a statement has.</summary>
    internal void Bind(Statement statement)
    {
        statement.Bind("@Client", Client);
        statement.Bind("@Model", Model);
        statement.Bind("@Provider", Provider);
        statement.Bind("@Project", Project);
        statement.Bind("@Session", Session);
        statement.Bind("@FromMs", FromMs);
        statement.Bind("@ToMs", ToMs);
    }

    /// <summary>Conditions on the columns of a roll-up, each with AND before it.</summary>
    internal string ConditionsOnRollup() => Conditions("model", "''");

    /// <summary>Conditions on the columns of <c>usage</c>, each with AND before it.</summary>
    internal string ConditionsOnCalls() => Conditions(RollupColumns.Model, "NULL");

    private string Conditions(string model, string unknown)
    {
        var sql = new StringBuilder();
        Add(Client, "client", "@Client");
        Add(Model, model, "@Model");
        Add(Provider, "provider", "@Provider");
        Add(Project, "project", "@Project");
        Add(Session, "session_id", "@Session");
        return sql.ToString();

        void Add(string? value, string column, string parameter)
        {
            if (value is not null)
            {
                // A comparison with IS could be met by a null, so SQLite would not use an index without them (usage_session): seconds with millions of calls.
                sql.Append(value.Length == 0 ? $" AND {column} IS {unknown}" : $" AND {column} = {parameter}");
            }
        }
    }
}
