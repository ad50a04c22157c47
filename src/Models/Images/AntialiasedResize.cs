using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLTransfer.Models.Images;

/// <summary>Resizes 8-bit images as PIL does, and computes only what a crop keeps.</summary>
/// <remarks>Horizontal pass first; each pass sums in 32-bit fixed point and rounds to 8 bits.</remarks>
internal static class AntialiasedResize
{
    private const int Half = 1 << (ResampleWindows.PrecisionBits - 1);

    /// <summary>Resizes and crops.</summary>
    /// <param name="source">The image.</param>
    /// <param name="resizedWidth">Width of the whole image after resizing.</param>
    /// <param name="resizedHeight">Height of the whole image after resizing.</param>
    /// <param name="crop">What is kept of the resized image.</param>
    /// <param name="interpolation">The filter.</param>
    /// <param name="destination">Receives crop.Height rows of crop.Width pixels of 4 bytes.</param>
    public static void Resize(
        DecodedImage source, int resizedWidth, int resizedHeight, CropWindow crop, Interpolation interpolation, Span<byte> destination)
    {
        var columns = ResampleWindows.Create(source.Width, resizedWidth, crop.Left, crop.Width, interpolation);
        var rows = ResampleWindows.Create(source.Height, resizedHeight, crop.Top, crop.Height, interpolation);
        int firstRow = rows.First[0];
        int rowCount = rows.First[^1] + rows.Count[^1] - firstRow;
        int rowBytes = crop.Width * DecodedImage.BytesPerPixel;
        byte[] narrowed = ArrayPool<byte>.Shared.Rent(rowCount * rowBytes);
        try
        {
            int sourceRowBytes = source.Width * DecodedImage.BytesPerPixel;
            for (int y = 0; y < rowCount; y++)
            {
                ResizeRow(source.Pixels.Slice((firstRow + y) * sourceRowBytes, sourceRowBytes), columns, narrowed.AsSpan(y * rowBytes, rowBytes));
            }

            for (int y = 0; y < crop.Height; y++)
            {
                ReadOnlySpan<byte> window = narrowed.AsSpan((rows.First[y] - firstRow) * rowBytes, rows.Count[y] * rowBytes);
                CombineRows(window, rows.Weights(y), destination.Slice(y * rowBytes, rowBytes));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(narrowed);
        }
    }

    // One output pixel at a time, its four channels in the lanes of a vector.
    private static void ResizeRow(ReadOnlySpan<byte> row, ResampleWindows columns, Span<byte> destination)
    {
        ReadOnlySpan<uint> pixels = MemoryMarshal.Cast<byte, uint>(row);
        Span<uint> target = MemoryMarshal.Cast<byte, uint>(destination);
        for (int x = 0; x < target.Length; x++)
        {
            ReadOnlySpan<int> weights = columns.Weights(x);
            ReadOnlySpan<uint> window = pixels.Slice(columns.First[x], weights.Length);
            Vector128<int> sum = Vector128.Create(Half);
            for (int k = 0; k < weights.Length; k++)
            {
                Vector128<ushort> channels = Vector128.WidenLower(Vector128.CreateScalar(window[k]).AsByte());
                sum += Vector128.WidenLower(channels).AsInt32() * weights[k];
            }

            Vector128<uint> rounded = ToLevels(sum);
            target[x] = Vector128.Narrow(Vector128.Narrow(rounded, rounded), Vector128<ushort>.Zero).AsUInt32().ToScalar();
        }
    }

    // Sixteen bytes of all rows at a time; the rest byte by byte.
    private static void CombineRows(ReadOnlySpan<byte> window, ReadOnlySpan<int> weights, Span<byte> destination)
    {
        int rowBytes = destination.Length;
        ref byte source = ref MemoryMarshal.GetReference(window);
        int x = 0;
        for (; x <= rowBytes - Vector128<byte>.Count; x += Vector128<byte>.Count)
        {
            Vector128<int> a = Vector128.Create(Half), b = a, c = a, d = a;
            for (int k = 0; k < weights.Length; k++)
            {
                Vector128<byte> bytes = Vector128.LoadUnsafe(ref source, (nuint)((k * rowBytes) + x));
                (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(bytes);
                Vector128<int> weight = Vector128.Create(weights[k]);
                a += Vector128.WidenLower(low).AsInt32() * weight;
                b += Vector128.WidenUpper(low).AsInt32() * weight;
                c += Vector128.WidenLower(high).AsInt32() * weight;
                d += Vector128.WidenUpper(high).AsInt32() * weight;
            }

            Vector128<byte> result = Vector128.Narrow(
                Vector128.Narrow(ToLevels(a), ToLevels(b)), Vector128.Narrow(ToLevels(c), ToLevels(d)));
            result.CopyTo(destination[x..]);
        }

        for (; x < rowBytes; x++)
        {
            int sum = Half;
            for (int k = 0; k < weights.Length; k++)
            {
                sum += window[(k * rowBytes) + x] * weights[k];
            }

            destination[x] = (byte)Math.Clamp(sum >> ResampleWindows.PrecisionBits, 0, 255);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> ToLevels(Vector128<int> sum)
        => Vector128.Min(Vector128.Max(sum >> ResampleWindows.PrecisionBits, Vector128<int>.Zero), Vector128.Create(255)).AsUInt32();
}
