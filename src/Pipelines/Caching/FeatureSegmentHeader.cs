using System.Buffers.Binary;
using System.IO.Hashing;

namespace MLTransfer.Pipelines.Caching;

/// <summary>The first 64 bytes of a segment file, little-endian.</summary>
/// <param name="Graph">First 16 bytes of the SHA-256 of the feature graph: a file that was moved to another graph's folder is not taken for its.</param>
/// <param name="Dimension">Numbers in a vector.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="IndexChecksum">XXH3 of the keys and the vectors' checksums.</param>
/// <remarks>
/// Layout of the file: header | keys, 16 bytes each, ascending | checksum (XXH3) of each vector, 8 bytes each | zeros up to a multiple of 64 |
/// vectors, float32 <c>[count, dimension]</c>. Its length follows from the header, so a cut file is known by its length.
/// </remarks>
internal readonly record struct FeatureSegmentHeader(UInt128 Graph, int Dimension, int Count, ulong IndexChecksum)
{
    public const int Length = 64;
    public const int KeyLength = 16;
    public const int ChecksumLength = 8;
    private const ulong Magic = 0x31_54_41_45_46_54_4C_4D; // "MLTFEAT1": the digit is the version of the format.

    public long ChecksumsStart => Length + ((long)KeyLength * Count);

    public long IndexEnd => ChecksumsStart + ((long)ChecksumLength * Count);

    public long VectorsStart => (IndexEnd + 63) / 64 * 64;

    public long FileLength => VectorsStart + ((long)Count * Dimension * sizeof(float));

    public void Write(Span<byte> destination)
    {
        destination[..Length].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], Count);
        BinaryPrimitives.WriteUInt128LittleEndian(destination[16..], Graph);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[32..], IndexChecksum);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[(Length - 8)..], XxHash3.HashToUInt64(destination[..(Length - 8)]));
    }

    /// <summary>Reads a header; null where the bytes are none.</summary>
    public static FeatureSegmentHeader? Read(ReadOnlySpan<byte> source)
    {
        if (source.Length < Length
            || BinaryPrimitives.ReadUInt64LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(source[(Length - 8)..]) != XxHash3.HashToUInt64(source[..(Length - 8)]))
        {
            return null;
        }

        FeatureSegmentHeader header = new(
            BinaryPrimitives.ReadUInt128LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]));
        return header is { Dimension: > 0, Count: > 0 } ? header : null;
    }
}
