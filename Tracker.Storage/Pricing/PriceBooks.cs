using Tracker.Storage.Hosting;

namespace Tracker.Storage.Pricing;

/// <summary>
/// The price book that is in force: the embedded one with the refreshed file and the user's own above it, both beside the settings file. A file that is
/// wrong is left out and told in <see cref="Trouble"/>; it never stops a program.
/// </summary>
public sealed class PriceBooks
{
    public const string OwnFileName = "prices.json";
    public const string RefreshedFileName = "prices-refreshed.json";

    private readonly Lock _loading = new();
    private readonly string? _directory;
    private volatile State _state;

    /// <param name="directory">Where the files are; null: there are none.</param>
    internal PriceBooks(string? directory) => (_directory, _state) = (directory, Load(directory));

    /// <summary>The embedded book alone.</summary>
    public static PriceBooks Embedded { get; } = new(directory: null);

    /// <summary>The book and the files of this user.</summary>
    public static PriceBooks OfUser() => new(DirectoryOfUser);

    /// <summary>Read when it is first asked for, which takes a fifth of a second.</summary>
    public PriceBook Current => _state.Book ?? PriceBook.Embedded;

    /// <summary><see cref="PriceBook.Hash"/> of the book that is in force.</summary>
    public string Hash => _state.Book?.Hash ?? PriceBook.EmbeddedHash;

    /// <summary>What is wrong with the files, one line for each fault; null: nothing.</summary>
    public string? Trouble => _state.Trouble;

    /// <summary>The user's own file, which need not exist.</summary>
    public string OwnPath => Path.Combine(_directory ?? "", OwnFileName);

    /// <summary>The same for this user, without reading a book.</summary>
    public static string OwnPathOfUser => Path.Combine(DirectoryOfUser, OwnFileName);

    /// <summary>The file that a refresh writes.</summary>
    public string RefreshedPath => Path.Combine(_directory ?? "", RefreshedFileName);

    /// <summary>Takes up changes of the files. It asks for their times and sizes; call it between transactions.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool LookAgain()
    {
        if (_directory is null || _state.Files == Stamp(_directory))
        {
            return false;
        }

        lock (_loading)
        {
            _state = Load(_directory);
            return true;
        }
    }

    private static State Load(string? directory)
    {
        if (directory is null)
        {
            return new State(null, null, default);
        }

        var files = Stamp(directory);
        var trouble = new List<string>();
        var refreshed = Read(Path.Combine(directory, RefreshedFileName), trouble);
        if (refreshed is { } file && IsOutdated(file, trouble))
        {
            refreshed = null;
        }

        var own = Read(Path.Combine(directory, OwnFileName), trouble);
        return new State(Build(refreshed, own, trouble), trouble.Count == 0 ? null : string.Join(Environment.NewLine, trouble), files);
    }

    private static PriceBook? Build((byte[] Json, string Name)? refreshed, (byte[] Json, string Name)? own, List<string> trouble)
    {
        if (refreshed is null && own is null)
        {
            return null;
        }

        try
        {
            return PriceBook.With(refreshed, own);
        }
        catch (PriceFileException exception)
        {
            trouble.Add(exception.Message);
            // Of two files one may still be right.
            return own is not null && refreshed is not null ? BuildOne(refreshed, null) ?? BuildOne(null, own) : null;
        }
    }

    private static PriceBook? BuildOne((byte[] Json, string Name)? refreshed, (byte[] Json, string Name)? own)
    {
        try
        {
            return PriceBook.With(refreshed, own);
        }
        catch (PriceFileException)
        {
            return null;
        }
    }

    private static (byte[] Json, string Name)? Read(string path, List<string> trouble)
    {
        try
        {
            return File.Exists(path) ? (File.ReadAllBytes(path), path) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            trouble.Add($"{path}: {exception.Message}");
            return null;
        }
    }

    private static bool IsOutdated((byte[] Json, string Name) file, List<string> trouble)
    {
        try
        {
            if (PriceFileReader.Read(file.Json, file.Name).AsOf is not { } asOf || Price.ParseDay(asOf) >= PriceBook.EmbeddedAsOf)
            {
                return false;
            }

            trouble.Add($"{file.Name} is of {asOf}, and this version of Tracker brings prices of {PriceBook.EmbeddedAsOf:yyyy-MM-dd}: it is not used. Refresh again, or delete it.");
            return true;
        }
        catch (Exception exception) when (exception is PriceFileException or FormatException)
        {
            return false; // Building the book says what is wrong.
        }
    }

    private static Files Stamp(string directory) => new(FileStamp.Of(Path.Combine(directory, RefreshedFileName)), FileStamp.Of(Path.Combine(directory, OwnFileName)));

    private static string DirectoryOfUser => Path.GetDirectoryName(TrackerPaths.SettingsPath())!;

    /// <param name="Book">Null: the embedded one alone.</param>
    /// <param name="Trouble">What is wrong with the files.</param>
    /// <param name="Files">When and how long they are.</param>
    private sealed record State(PriceBook? Book, string? Trouble, Files Files);

    private readonly record struct Files(FileStamp Refreshed, FileStamp Own);

    private readonly record struct FileStamp(long Length, DateTime ModifiedAt)
    {
        public static FileStamp Of(string path) => new FileInfo(path) is { Exists: true } file ? new(file.Length, file.LastWriteTimeUtc) : default;
    }
}
