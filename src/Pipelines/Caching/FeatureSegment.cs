using System.Buffers.Binary;
using System.IO.Hashing;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace MLTransfer.Pipelines.Caching;

/// <summary>One complete, immutable file of the feature cache, read by memory map: only the pages of the rows that are asked for come into memory.</summary>
internal sealed unsafe class FeatureSegment : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly FeatureSegmentHeader _header;
    private int _used;

    private FeatureSegment(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, FeatureSegmentHeader header)
    {
        Path = path;
        _file = file;
        _view = view;
        _header = header;
    }

    public string Path { get; }

    public int Count => _header.Count;

    public long FileLength => _header.FileLength;

    /// <summary>Whether a row of it was read since it was opened.</summary>
    public bool IsUsed => Volatile.Read(ref _used) != 0;

    /// <summary>Opens a file.</summary>
    /// <returns>The segment; null where the file is cut short, damaged, or not a segment of this graph.</returns>
    /// <exception cref="IOException">The file is gone or cannot be read.</exception>
    public static FeatureSegment? Open(string path, UInt128 graph, int dimension)
    {
        // Delete is shared, so that another process can evict the file on Windows too.
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        MemoryMappedFile? file = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            long length = stream.Length;
            Span<byte> first = stackalloc byte[FeatureSegmentHeader.Length];
            if (stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) < first.Length
                || FeatureSegmentHeader.Read(first) is not { } header
                || header.FileLength != length
                || header.Graph != graph
                || header.Dimension != dimension)
            {
                return null;
            }

            file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            FeatureSegment segment = new(path, file, view, header);
            if (segment.HasIndexIntact())
            {
                (file, view, stream) = (null, null, null!);
                return segment;
            }

            return null;
        }
        finally
        {
            view?.Dispose();
            file?.Dispose();
            stream?.Dispose();
        }
    }

    /// <summary>Copies a row's vector.</summary>
    /// <returns>Whether the row is here; null where it is but its numbers are damaged.</returns>
    public bool? TryRead(UInt128 key, Span<float> destination)
    {
        using Pages pages = new(_view);
        int row = Find(pages, key);
        if (row < 0)
        {
            return false;
        }

        if (!Copy(pages, row, destination))
        {
            return null;
        }

        Volatile.Write(ref _used, 1);
        return true;
    }

    /// <summary>Whether the row is here; its vector is not looked at.</summary>
    public bool Contains(UInt128 key)
    {
        using Pages pages = new(_view);
        return Find(pages, key) >= 0;
    }

    /// <summary>Copies the row at an index from 0 to <see cref="Count"/> − 1.</summary>
    /// <returns>Whether its numbers are as they were written.</returns>
    public bool TryReadAt(int row, Span<float> destination, out UInt128 key)
    {
        using Pages pages = new(_view);
        key = KeyAt(pages, row);
        return Copy(pages, row, destination);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private bool HasIndexIntact()
    {
        using Pages pages = new(_view);
        ReadOnlySpan<byte> index = new(pages.Start + FeatureSegmentHeader.Length, checked((int)(_header.IndexEnd - FeatureSegmentHeader.Length)));
        return XxHash3.HashToUInt64(index) == _header.IndexChecksum;
    }

    private int Find(in Pages pages, UInt128 key)
    {
        int low = 0;
        int high = _header.Count - 1;
        while (low <= high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            UInt128 candidate = KeyAt(pages, middle);
            if (candidate == key)
            {
                return middle;
            }

            if (candidate < key)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }

    private static UInt128 KeyAt(in Pages pages, int row) => BinaryPrimitives.ReadUInt128LittleEndian(
        new ReadOnlySpan<byte>(pages.Start + FeatureSegmentHeader.Length + ((long)row * FeatureSegmentHeader.KeyLength), FeatureSegmentHeader.KeyLength));

    private bool Copy(in Pages pages, int row, Span<float> destination)
    {
        Span<float> target = destination[.._header.Dimension];
        new ReadOnlySpan<float>(pages.Start + _header.VectorsStart + ((long)row * _header.Dimension * sizeof(float)), _header.Dimension).CopyTo(target);
        ulong expected = BinaryPrimitives.ReadUInt64LittleEndian(
            new ReadOnlySpan<byte>(
                pages.Start + _header.ChecksumsStart + ((long)row * FeatureSegmentHeader.ChecksumLength), FeatureSegmentHeader.ChecksumLength));
        return XxHash3.HashToUInt64(MemoryMarshal.AsBytes(target)) == expected;
    }

    /// <summary>Holds the mapped pages while they are read: a Dispose meanwhile waits for the last reader.</summary>
    private readonly ref struct Pages : IDisposable
    {
        private readonly SafeBuffer _handle;

        public Pages(MemoryMappedViewAccessor view)
        {
            _handle = view.SafeMemoryMappedViewHandle;
            byte* pointer = null;
            _handle.AcquirePointer(ref pointer);
            Start = pointer + view.PointerOffset;
        }

        public byte* Start { get; }

        public void Dispose() => _handle.ReleasePointer();
    }
}
