using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLTransfer.Models.Images;

/// <summary>Takes one channel out of interleaved pixels.</summary>
internal static class PixelPlanes
{
    /// <summary>Copies byte <paramref name="channel"/> of every 4-byte pixel.</summary>
    /// <param name="pixels">4 bytes a pixel.</param>
    /// <param name="channel">0 to 3.</param>
    /// <param name="plane">Receives one byte a pixel.</param>
    public static void Split(ReadOnlySpan<byte> pixels, int channel, Span<byte> plane)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(pixels);
        int shift = 8 * channel;
        int i = 0;
        for (; i <= words.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            Vector128<uint> mask = Vector128.Create(0xFFu);
            Vector128<uint> a = (Vector128.Create(words[i..]) >> shift) & mask;
            Vector128<uint> b = (Vector128.Create(words[(i + 4)..]) >> shift) & mask;
            Vector128<uint> c = (Vector128.Create(words[(i + 8)..]) >> shift) & mask;
            Vector128<uint> d = (Vector128.Create(words[(i + 12)..]) >> shift) & mask;
            Vector128.Narrow(Vector128.Narrow(a, b), Vector128.Narrow(c, d)).CopyTo(plane[i..]);
        }

        for (; i < words.Length; i++)
        {
            plane[i] = (byte)(words[i] >> shift);
        }
    }
}
