using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;

namespace MLTransfer.Pipelines.Caching;

/// <summary>Features of rows that a backbone has seen already, on disk. Its methods may be called by several threads at once.</summary>
/// <remarks>
/// A cache only saves time: whatever goes wrong with its files (a full disk, a damaged segment) ends in a warning and in features computed again,
/// never in an exception or in wrong numbers. See docs/decisions/feature-cache.md.
/// </remarks>
internal sealed class FeatureCache : IFeatureStore, IDisposable
{
    private const long LargestSegment = 16L << 20;

    /// <summary>Segments of less than a quarter of the usual size are put together when there are so many.</summary>
    private const int MaximumSmallSegments = 8;

    /// <summary>Rows are written when they fill a segment, or when the first of them has waited so long: what a killed run computed before is kept.</summary>
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(30);

    private readonly FeatureFolder _folder;
    private readonly int _dimension;
    private readonly long _segmentBytes;
    private readonly Action<string> _warn;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly PendingRows _pending;
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);
    private FeatureSegment[] _segments = []; // replaced as a whole, so that readers need no lock
    private FeatureSegment? _lastHit;
    private long _firstPending;
    private bool _keepsRows = true;
    private bool _isDisposed;
    private long _hits;
    private long _misses;

    private FeatureCache(FeatureFolder folder, int dimension, long maximumBytes, Action<string> warn, TimeProvider time)
    {
        _folder = folder;
        _dimension = dimension;

        // What is evicted at once is small beside the cache.
        _segmentBytes = Math.Min(LargestSegment, maximumBytes / 8);
        _warn = warn;
        _time = time;
        _pending = NewRows();
    }

    /// <summary>Rows that were found.</summary>
    public long Hits => Interlocked.Read(ref _hits);

    /// <summary>Rows that were asked for and not found.</summary>
    public long Misses => Interlocked.Read(ref _misses);

    /// <summary>Opens the cache of a feature graph.</summary>
    /// <param name="options">Where the cache is, and how large.</param>
    /// <param name="graphKey">
    /// Everything that a feature depends on but the row itself: hash of the backbone, card, feature tensor, pooling, preprocessing, precision. As text,
    /// so that a person can read what a folder of the cache holds.
    /// </param>
    /// <param name="dimension">Numbers in a feature vector.</param>
    /// <param name="warn">Told once of each thing that goes wrong; null: nobody.</param>
    /// <exception cref="UserException">The options are out of range.</exception>
    public static FeatureCache Open(FeatureCacheOptions options, string graphKey, int dimension, Action<string>? warn = null) =>
        Open(options, graphKey, dimension, warn, TimeProvider.System, create: null);

    /// <summary>The same with a clock and a way to create files of the caller's own, for tests.</summary>
    internal static FeatureCache Open(
        FeatureCacheOptions options, string graphKey, int dimension, Action<string>? warn, TimeProvider time, Func<string, Stream>? create)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        Models.Json.OptionsValidation.Validate(options, static field => $"Feature cache: '{field}'");
        FeatureCache cache = new(new FeatureFolder(options, graphKey, dimension, create), dimension, options.MaximumBytes, warn ?? (static _ => { }), time);
        try
        {
            cache._folder.Prepare();
            cache._segments = cache.OpenSegments();
            cache.Compact();
        }
        catch (Exception exception) when (IsOfTheDisk(exception))
        {
            cache.StopKeeping($"The feature cache in {cache._folder.Path} cannot be used: {exception.Message}");
        }

        return cache;
    }

    /// <summary>Copies the vector of a row.</summary>
    /// <param name="row">The row's key, see <see cref="RowKey"/>.</param>
    /// <param name="destination">Takes the vector; at least as long as it. Where the row is not found, its content is undefined.</param>
    /// <returns>Whether the row was found.</returns>
    public bool TryGet(UInt128 row, Span<float> destination)
    {
        bool found = TryGetPending(row, destination) || TryGetWritten(row, destination);
        Interlocked.Increment(ref (found ? ref _hits : ref _misses));
        return found;
    }

    /// <summary>Keeps the vector of a row. It is on disk at the latest after <see cref="Commit"/> or <see cref="Dispose"/>.</summary>
    /// <param name="row">The row's key.</param>
    /// <param name="vector">The vector.</param>
    public void Add(UInt128 row, ReadOnlySpan<float> vector)
    {
        if (vector.Length != _dimension)
        {
            throw new ArgumentException($"The vector has {vector.Length} numbers; expected {_dimension}.", nameof(vector));
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_keepsRows)
            {
                return;
            }

            if (_pending.Count == 0)
            {
                _firstPending = _time.GetTimestamp();
            }

            _pending.Add(row, vector);
            if (_pending.IsFull || _time.GetElapsedTime(_firstPending) > FlushInterval)
            {
                Flush();
            }
        }
    }

    /// <summary>Writes what waits.</summary>
    public void Commit()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            Flush();
        }
    }

    /// <summary>Writes what waits and closes the files.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            Flush();
            _isDisposed = true;
            foreach (FeatureSegment segment in Interlocked.Exchange(ref _segments, []))
            {
                segment.Dispose();
            }
        }
    }

    private bool TryGetPending(UInt128 row, Span<float> destination)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _pending.TryGet(row, destination);
        }
    }

    private bool TryGetWritten(UInt128 row, Span<float> destination)
    {
        // Rows are mostly asked for in the order in which they were written, so the segment of the last one comes first.
        FeatureSegment? last = Volatile.Read(ref _lastHit);
        if (last is not null && TryRead(last, row, destination))
        {
            return true;
        }

        foreach (FeatureSegment segment in Volatile.Read(ref _segments))
        {
            if (segment != last && TryRead(segment, row, destination))
            {
                Volatile.Write(ref _lastHit, segment);
                return true;
            }
        }

        return false;
    }

    private bool TryRead(FeatureSegment segment, UInt128 row, Span<float> destination)
    {
        bool wasUsed = segment.IsUsed;
        try
        {
            switch (segment.TryRead(row, destination))
            {
                case true:
                    if (!wasUsed)
                    {
                        FeatureFolder.Touch(segment.Path);
                    }

                    return true;
                case null:
                    Drop(segment);
                    return false;
                default:
                    return false;
            }
        }
        catch (ObjectDisposedException)
        {
            // Another thread found the segment damaged, and dropped it.
            return false;
        }
    }

    /// <summary>Takes a damaged segment out of use.</summary>
    private void Drop(FeatureSegment segment)
    {
        lock (_gate)
        {
            if (!_segments.Contains(segment))
            {
                return;
            }

            Volatile.Write(ref _segments, [.. _segments.Where(other => other != segment)]);
            Interlocked.CompareExchange(ref _lastHit, null, segment);
        }

        segment.Dispose();
        Discard(segment.Path);
    }

    private void Discard(string path)
    {
        FeatureFolder.TryDelete(path);
        _warn($"The feature cache's file {path} is damaged; it was deleted, and its features are computed again.");
    }

    private FeatureSegment[] OpenSegments()
    {
        List<FeatureSegment> segments = [];
        foreach (string path in _folder.Segments())
        {
            try
            {
                if (FeatureSegment.Open(path, _folder.Graph, _dimension) is { } segment)
                {
                    segments.Add(segment);
                }
                else
                {
                    Discard(path);
                }
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                // Another process made room, or put it together with others, after the folder was listed.
            }
            catch (Exception exception) when (IsOfTheDisk(exception))
            {
                _warn($"The feature cache's file {path} cannot be read, and its features are computed again: {exception.Message}");
            }
        }

        return [.. segments];
    }

    /// <summary>Puts many small segments, which many short runs leave, together.</summary>
    private void Compact()
    {
        FeatureSegment[] small = [.. _segments.Where(segment => segment.FileLength < _segmentBytes / 4)];
        if (small.Length < MaximumSmallSegments)
        {
            return;
        }

        PendingRows rows = NewRows();
        float[] vector = new float[_dimension];
        List<FeatureSegment> merged = [];
        foreach (FeatureSegment segment in small)
        {
            for (int row = 0; row < segment.Count; row++)
            {
                if (segment.TryReadAt(row, vector, out UInt128 key))
                {
                    rows.Add(key, vector);
                }
            }

            merged.Add(segment);
            if (rows.FileLength >= _segmentBytes * 3 / 4 || segment == small[^1])
            {
                if (rows.Count > 0)
                {
                    _segments = [OpenWritten(_folder.Write(rows)), .. _segments];
                    rows.Clear();
                }

                // Only what is on disk under its new name is deleted under the old one.
                _segments = [.. _segments.Except(merged)];
                foreach (FeatureSegment old in merged)
                {
                    old.Dispose();
                    FeatureFolder.TryDelete(old.Path);
                }

                merged.Clear();
            }
        }
    }

    /// <summary>Writes the waiting rows as one segment; the caller holds the lock.</summary>
    private void Flush()
    {
        if (_pending.Count == 0)
        {
            return;
        }

        try
        {
            HashSet<string> keep = [.. _segments.Where(segment => segment.IsUsed || _written.Contains(segment.Path)).Select(static segment => segment.Path)];
            if (!_folder.MakeRoom(_pending.FileLength, keep))
            {
                // What this run uses itself does not make room: in a data set larger than the cache, every row would be gone before it is asked for again.
                StopKeeping("The feature cache is full; further features of this run are not kept. A larger maximum size keeps them.");
                return;
            }

            FeatureSegment segment = OpenWritten(_folder.Write(_pending));
            _written.Add(segment.Path);
            Volatile.Write(ref _segments, [segment, .. _segments]);
        }
        catch (Exception exception) when (IsOfTheDisk(exception))
        {
            StopKeeping($"Features are no longer written to the cache in {_folder.Path}: {exception.Message}");
        }
        finally
        {
            _pending.Clear();
        }
    }

    private FeatureSegment OpenWritten(string path) =>
        FeatureSegment.Open(path, _folder.Graph, _dimension) ?? throw new IOException($"{path} is not what was written to it.");

    private void StopKeeping(string warning)
    {
        _keepsRows = false;
        _warn(warning);
    }

    private PendingRows NewRows() => new(_dimension, (int)Math.Max(1, _segmentBytes / ((_dimension * (long)sizeof(float)) + FeatureSegmentHeader.KeyLength)));

    private static bool IsOfTheDisk(Exception exception) => exception is IOException or UnauthorizedAccessException;
}
