using Dapper;
using Microsoft.Data.Sqlite;

namespace Tracker.Tests.Importer.Sources;

/// <summary>opencode's database, changed as opencode changes it between two passes.</summary>
internal static class OpencodeFixture
{
    public static void Change(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        connection.Execute(sql);
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(1));
    }
}
