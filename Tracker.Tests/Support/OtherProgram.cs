using System.Diagnostics;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Tracker.Tests.Support;

/// <summary>
/// Another process that has an SQLite file open, as a client has its own, until it is disposed. It must be another one: within a process, closing any handle to a file
/// drops the locks that SQLite holds there.
/// </summary>
internal sealed class OtherProgram : IDisposable
{
    /// <summary>The first argument of the test assembly's <see cref="LockHolder.Main"/>, by which it becomes this.</summary>
    public const string Argument = "sql";

    private readonly Process _process;

    /// <param name="path">The database.</param>
    /// <param name="sql">What it does first.</param>
    public OtherProgram(string path, string sql)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(OtherProgram).Assembly.Location, Argument, path]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        Do(sql);
    }

    /// <summary>Executes statements, on one line.</summary>
    public void Do(string sql)
    {
        _process.StandardInput.WriteLine(sql);
        _process.StandardInput.Flush();
        Assert.That(_process.StandardOutput.ReadLine(), Is.EqualTo("done"));
    }

    /// <summary>What the other process does.</summary>
    public static int Run(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        while (Console.In.ReadLine() is { } sql)
        {
            connection.Execute(sql);
            Console.WriteLine("done");
        }

        return 0;
    }

    /// <summary>Lets it end in its own way: as the last one, SQLite empties and removes the log then.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
