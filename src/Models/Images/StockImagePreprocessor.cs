using SkiaSharp;

namespace MLTransfer.Models.Images;

/// <summary>The bytes that ML.NET's <c>LoadImages</c> → <c>ResizeImages</c> → <c>ExtractPixels</c> give for an image, bit for bit, without its row-by-row getters.</summary>
/// <remarks>
/// The output is planes of red, green and blue: <c>ExtractPixels</c> with its default order, not interleaved, as bytes. Like ML.NET it multiplies alpha in
/// and ignores the EXIF orientation; unlike it, a file that ends early is an error. Without state between calls; safe for parallel use.
/// </remarks>
internal sealed class StockImagePreprocessor(StockImageChain chain)
{
    /// <summary>Values of one image.</summary>
    public int Length => chain.PixelCount;

    /// <summary>Preprocesses one image file.</summary>
    /// <param name="encoded">The bytes of the file.</param>
    /// <param name="name">The path or row, for messages.</param>
    /// <param name="planes">Receives <see cref="Length"/> values: [3, height, width].</param>
    /// <exception cref="ImageDecodeException">The bytes are not a whole image.</exception>
    public void Preprocess(ReadOnlySpan<byte> encoded, string name, Span<byte> planes)
    {
        using SKBitmap bitmap = StockResize.ToColor(ImageDecoder.DecodeBitmap(encoded, name));
        Preprocess(bitmap, planes);
    }

    /// <summary>Preprocesses pixels in memory, as <c>MLImage.Pixels</c> holds them.</summary>
    /// <param name="pixels">4 bytes a pixel, alpha multiplied in.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="blueFirst">Whether the order is blue, green, red, alpha; otherwise red, green, blue, alpha.</param>
    /// <param name="planes">Receives <see cref="Length"/> values: [3, height, width].</param>
    public void Preprocess(ReadOnlySpan<byte> pixels, int width, int height, bool blueFirst, Span<byte> planes)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, blueFirst ? SKColorType.Bgra8888 : SKColorType.Rgba8888));
        unsafe
        {
            pixels.CopyTo(new Span<byte>((void*)bitmap.GetPixels(), bitmap.ByteCount));
        }

        Preprocess(bitmap, planes);
    }

    private void Preprocess(SKBitmap bitmap, Span<byte> planes)
    {
        if (bitmap.Width == chain.ResizeWidth && bitmap.Height == chain.ResizeHeight)
        {
            WritePlanes(bitmap, planes);
            return;
        }

        using SKBitmap resized = StockResize.Resize(bitmap, chain.ResizeWidth, chain.ResizeHeight, chain.Resizing);
        WritePlanes(resized, planes);
    }

    private static void WritePlanes(SKBitmap bitmap, Span<byte> planes)
    {
        ReadOnlySpan<byte> pixels = bitmap.GetPixelSpan();
        int count = bitmap.Width * bitmap.Height;
        (int red, int blue) = bitmap.ColorType == SKColorType.Rgba8888 ? (0, 2) : (2, 0);
        PixelPlanes.Split(pixels[..(count * 4)], red, planes[..count]);
        PixelPlanes.Split(pixels[..(count * 4)], 1, planes.Slice(count, count));
        PixelPlanes.Split(pixels[..(count * 4)], blue, planes.Slice(2 * count, count));
    }
}
