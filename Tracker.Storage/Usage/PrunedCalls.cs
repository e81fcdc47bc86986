using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Tracker.Storage.Usage;

/// <summary>The calls that were pruned, by a hash of their keys: what tells of one again must not bring it back, or it would be counted twice.</summary>
internal sealed class PrunedCalls(SqliteConnection connection) : IDisposable
{
    private readonly Statement _any = new(connection, "SELECT EXISTS (SELECT 1 FROM pruned_call)");
    private readonly Statement _find = new(connection, "SELECT 1 FROM pruned_call WHERE key_hash = ?1");
    private readonly Statement _add = new(connection, "INSERT OR IGNORE INTO pruned_call VALUES (?1)");

    /// <summary>Whether any call was pruned.</summary>
    public bool HasAny { get; private set; }

    /// <summary>To be called at the beginning of every transaction: most databases are never pruned, and then no record is looked for.</summary>
    public void Begin()
    {
        try
        {
            HasAny = _any.Step() && _any.Number(0) == 1;
        }
        finally
        {
            _any.Reset();
        }
    }

    public bool Contains(UsageKey key)
    {
        if (!HasAny)
        {
            return false;
        }

        _find.Bind(1, HashOf(key));
        try
        {
            return _find.Step();
        }
        finally
        {
            _find.Reset();
        }
    }

    public void Add(UsageKey key)
    {
        _add.Bind(1, HashOf(key));
        _add.Run();
        HasAny = true;
    }

    public void Dispose()
    {
        _any.Dispose();
        _find.Dispose();
        _add.Dispose();
    }

    // What stands for a key in pruned_call. Two of ten million keys are alike with a chance of one in four hundred thousand.
    private static long HashOf(UsageKey key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key.Value), hash);
        return BinaryPrimitives.ReadInt64BigEndian(hash);
    }
}
