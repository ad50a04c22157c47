using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace MLTransfer.Models.Inference;

/// <summary>A row's key in the feature cache: a 128-bit hash (XXH128) of what the backbone is to read.</summary>
internal static class RowKey
{
    /// <summary>Key of a row that is bytes: an image file.</summary>
    public static UInt128 Of(ReadOnlySpan<byte> content) => XxHash128.HashToUInt128(content);

    /// <summary>Key of a row that is decoded pixels: images of another shape or order of colours may have the same bytes.</summary>
    public static UInt128 Of(RawPixels pixels) => XxHash128.HashToUInt128(pixels.Bytes, pixels.BlueFirst ? -pixels.Width : pixels.Width);

    /// <summary>Key of a row that is one text, or a sentence pair.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">The second text; null is another row than an empty one.</param>
    public static UInt128 Of(string text, string? pair = null)
    {
        if (pair is null)
        {
            return XxHash128.HashToUInt128(MemoryMarshal.AsBytes(text.AsSpan()));
        }

        // The length says where the first text ends, so that ("ab", "c") is another row than ("a", "bc").
        Span<byte> length = stackalloc byte[sizeof(int) + 1];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        length[^1] = 0xFF; // Makes the total odd: no single text has that many bytes.
        XxHash128 hash = new();
        hash.Append(length);
        hash.Append(MemoryMarshal.AsBytes(text.AsSpan()));
        hash.Append(MemoryMarshal.AsBytes(pair.AsSpan()));
        return hash.GetCurrentHashAsUInt128();
    }
}
