using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace MLTransfer.Pipelines.Caching;

/// <summary>Rows that wait to be written as one segment.</summary>
/// <param name="dimension">Numbers in a vector.</param>
/// <param name="capacity">Most rows that a segment takes.</param>
internal sealed class PendingRows(int dimension, int capacity)
{
    private readonly Dictionary<UInt128, int> _rows = [];
    private float[] _vectors = []; // [count, dimension], in the order in which rows came

    public int Count => _rows.Count;

    public bool IsFull => _rows.Count >= capacity;

    /// <summary>Adds a row; one that is here already stays as it is.</summary>
    public void Add(UInt128 key, ReadOnlySpan<float> vector)
    {
        if (!_rows.TryAdd(key, _rows.Count))
        {
            return;
        }

        int start = (_rows.Count - 1) * dimension;
        if (_vectors.Length < start + dimension)
        {
            long doubled = Math.Max(2L * _vectors.Length, 64L * dimension);
            Array.Resize(ref _vectors, (int)Math.Clamp(doubled, start + dimension, Math.Max(start + dimension, (long)capacity * dimension)));
        }

        vector.CopyTo(_vectors.AsSpan(start, dimension));
    }

    public bool TryGet(UInt128 key, Span<float> destination)
    {
        if (!_rows.TryGetValue(key, out int row))
        {
            return false;
        }

        Vector(row).CopyTo(destination);
        return true;
    }

    public bool Contains(UInt128 key) => _rows.ContainsKey(key);

    public void Clear() => _rows.Clear();

    /// <summary>Writes all rows in the layout that <see cref="FeatureSegmentHeader"/> describes.</summary>
    public void WriteTo(Stream stream, UInt128 graph)
    {
        UInt128[] keys = [.. _rows.Keys];
        int[] order = [.. _rows.Values];
        Array.Sort(keys, order);

        FeatureSegmentHeader header = new(graph, dimension, keys.Length, IndexChecksum: 0);
        byte[] index = new byte[header.VectorsStart];
        for (int i = 0; i < keys.Length; i++)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(
                index.AsSpan(FeatureSegmentHeader.Length + (i * FeatureSegmentHeader.KeyLength)), keys[i]);
            BinaryPrimitives.WriteUInt64LittleEndian(
                index.AsSpan((int)header.ChecksumsStart + (i * FeatureSegmentHeader.ChecksumLength)),
                XxHash3.HashToUInt64(MemoryMarshal.AsBytes(Vector(order[i]))));
        }

        header = header with { IndexChecksum = XxHash3.HashToUInt64(index.AsSpan(FeatureSegmentHeader.Length..(int)header.IndexEnd)) };
        header.Write(index);
        stream.Write(index);
        foreach (int row in order)
        {
            stream.Write(MemoryMarshal.AsBytes(Vector(row)));
        }
    }

    /// <summary>Length of the file that <see cref="WriteTo"/> would write, in bytes.</summary>
    public long FileLength => new FeatureSegmentHeader(0, dimension, _rows.Count, 0).FileLength;

    private ReadOnlySpan<float> Vector(int row) => _vectors.AsSpan(row * dimension, dimension);
}
