using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MLTransfer.Pipelines.Caching;

/// <summary>The files of the cache: one folder for each feature graph, in it segments of unique names.</summary>
/// <remarks>
/// Safe for several processes without a lock: a segment appears by a rename when it is complete and never changes; deleting one that another process
/// deleted already does nothing; one that another process reads stays readable there.
/// </remarks>
internal sealed class FeatureFolder
{
    private const string SegmentExtension = ".features";
    private const string TemporaryExtension = ".tmp";

    // A writer holds its temporary file open, but between creating and locking it, and between closing and renaming it, there is a moment.
    private static readonly TimeSpan TemporaryAge = TimeSpan.FromMinutes(10);

    private readonly FeatureCacheOptions _options;
    private readonly Func<string, Stream> _create;

    /// <param name="options">The cache.</param>
    /// <param name="graphKey">Everything that the features depend on but the row itself.</param>
    /// <param name="dimension">Numbers in a vector.</param>
    /// <param name="create">Opens a new file for writing; null: on the disk.</param>
    public FeatureFolder(FeatureCacheOptions options, string graphKey, int dimension, Func<string, Stream>? create)
    {
        _options = options;
        _create = create ?? (static path => new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16));
        Description = string.Create(CultureInfo.InvariantCulture, $"{graphKey}\ndimension={dimension}\n");
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(Description));
        Graph = BinaryPrimitives.ReadUInt128LittleEndian(hash);
        Path = System.IO.Path.Combine(System.IO.Path.GetFullPath(options.Directory), Convert.ToHexStringLower(hash.AsSpan(0, 16)));
    }

    public string Path { get; }

    /// <summary>The graph's number in the headers of its segments.</summary>
    public UInt128 Graph { get; }

    private string Description { get; }

    /// <summary>Makes the folder, with a file that tells people what is in it, and removes what dead processes left.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(Path);
        string description = System.IO.Path.Combine(Path, "graph.txt");
        if (!File.Exists(description))
        {
            string temporary = TemporaryName();
            File.WriteAllText(temporary, Description);
            File.Move(temporary, description, overwrite: true);
        }

        foreach (CacheFile file in Files(_options.Directory, TemporaryExtension))
        {
            if (DateTime.UtcNow - file.Written > TemporaryAge && IsAbandoned(file.Path))
            {
                TryDelete(file.Path);
            }
        }
    }

    /// <summary>Paths of the graph's segments, the most recently used first.</summary>
    public IReadOnlyList<string> Segments() =>
        [.. Files(Path, SegmentExtension).OrderByDescending(static file => file.Written).Select(static file => file.Path)];

    /// <summary>Writes a segment.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written. Nothing of the segment is left.</exception>
    public string Write(PendingRows rows)
    {
        string temporary = TemporaryName();
        string path = System.IO.Path.ChangeExtension(temporary, SegmentExtension);
        try
        {
            using (Stream stream = _create(temporary))
            {
                rows.WriteTo(stream, Graph);
            }

            File.Move(temporary, path);
            return path;
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Deletes the least recently used segments, of any graph, until so many bytes fit into the cache.</summary>
    /// <param name="bytes">Bytes that are to be written.</param>
    /// <param name="keep">Paths that stay.</param>
    /// <returns>Whether they fit.</returns>
    public bool MakeRoom(long bytes, IReadOnlySet<string> keep)
    {
        CacheFile[] files = [.. Files(_options.Directory, SegmentExtension).OrderBy(static file => file.Written)];
        long total = files.Sum(static file => file.Length) + bytes;
        foreach (CacheFile file in files)
        {
            if (total <= _options.MaximumBytes)
            {
                break;
            }

            if (!keep.Contains(file.Path) && TryDelete(file.Path))
            {
                total -= file.Length;
            }
        }

        return total <= _options.MaximumBytes;
    }

    /// <summary>Notes that a segment is in use, for the choice of what makes room.</summary>
    public static void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Evicted meanwhile, or not ours: it is used all the same.
        }
    }

    /// <summary>Deletes a file; one that is gone already counts as deleted, one that another process holds (on Windows) does not.</summary>
    public static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception is DirectoryNotFoundException;
        }
    }

    private string TemporaryName() => System.IO.Path.Combine(Path, Guid.CreateVersion7().ToString("N") + TemporaryExtension);

    private static List<CacheFile> Files(string folder, string extension)
    {
        List<CacheFile> files = [];
        EnumerationOptions options = new() { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true };
        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles("*" + extension, options))
        {
            try
            {
                files.Add(new CacheFile(file.FullName, file.Length, file.LastWriteTimeUtc));
            }
            catch (FileNotFoundException)
            {
                // Another process deleted it meanwhile.
            }
        }

        return files;
    }

    private static bool IsAbandoned(string path)
    {
        try
        {
            // The lock is the operating system's: that of a dead process is gone.
            using FileStream stream = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private readonly record struct CacheFile(string Path, long Length, DateTime Written);
}
