using SkiaSharp;

namespace MLTransfer.Models.Images;

/// <summary>Decodes JPEG, PNG, WebP, GIF (first frame) and BMP. Stateless and safe for parallel use.</summary>
/// <remarks>A file that ends early is an error here, although Skia would hand back the part that it could read.</remarks>
internal static class ImageDecoder
{
    /// <summary>Decodes to red, green, blue, alpha as PIL does: no colour management, colours below transparent pixels kept.</summary>
    /// <param name="encoded">The bytes of the file.</param>
    /// <param name="name">The path or row, for messages.</param>
    /// <param name="applyOrientation">Whether the EXIF orientation is applied.</param>
    /// <exception cref="ImageDecodeException">The bytes are not a whole image.</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> encoded, string name, bool applyOrientation)
    {
        using SKData data = CopyToNative(encoded, name);
        using SKCodec codec = Open(data, encoded, name);
        SKImageInfo info = new(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var image = new DecodedImage(info.Width, info.Height);
        try
        {
            unsafe
            {
                fixed (byte* pixels = image.Pixels)
                {
                    // Frames of a GIF need not cover the canvas, and the buffer comes from a pool.
                    image.Pixels.Clear();
                    ThrowUnlessComplete(codec.GetPixels(info, (nint)pixels), codec, name);
                }
            }

            return applyOrientation ? ExifOrientation.Apply(image, codec.EncodedOrigin) : image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>Decodes as <c>SKBitmap.Decode</c> does: the codec's own colour type, alpha multiplied in, no orientation.</summary>
    /// <param name="encoded">The bytes of the file.</param>
    /// <param name="name">The path or row, for messages.</param>
    /// <exception cref="ImageDecodeException">The bytes are not a whole image.</exception>
    public static SKBitmap DecodeBitmap(ReadOnlySpan<byte> encoded, string name)
    {
        using SKData data = CopyToNative(encoded, name);
        using SKCodec codec = Open(data, encoded, name);
        SKImageInfo info = codec.Info;
        info.ColorSpace = null;
        if (info.AlphaType == SKAlphaType.Unpremul)
        {
            info.AlphaType = SKAlphaType.Premul;
        }

        var bitmap = new SKBitmap(info);
        try
        {
            ThrowUnlessComplete(codec.GetPixels(info, bitmap.GetPixels()), codec, name);
            return bitmap;
        }
        catch
        {
            bitmap.Dispose();
            throw;
        }
    }

    /// <summary>Reads the size from the head of an image file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Width and height in pixels, without EXIF orientation.</returns>
    /// <exception cref="ImageDecodeException">The file is not an image.</exception>
    public static (int Width, int Height) ReadSize(string path)
    {
        using SKCodec codec = SKCodec.Create(path)
            ?? throw new ImageDecodeException($"{path}: not a readable image. Expected a JPEG, PNG, WebP, GIF or BMP. Replace the file, or drop the row.");
        return (codec.Info.Width, codec.Info.Height);
    }

    private static SKData CopyToNative(ReadOnlySpan<byte> encoded, string name)
        => encoded.IsEmpty
            ? throw new ImageDecodeException($"{name}: the image has 0 bytes. Replace the file, or drop the row.")
            : SKData.CreateCopy(encoded);

    private static SKCodec Open(SKData data, ReadOnlySpan<byte> encoded, string name)
    {
        SKCodec codec = SKCodec.Create(data)
            ?? throw new ImageDecodeException(
                $"{name}: not a readable image ({encoded.Length} bytes that begin with {Beginning(encoded)}). " +
                "Expected a whole JPEG, PNG, WebP, GIF or BMP. Replace the file, or drop the row.");
        long bytes = (long)codec.Info.Width * codec.Info.Height * DecodedImage.BytesPerPixel;
        if (bytes > Array.MaxLength)
        {
            int width = codec.Info.Width, height = codec.Info.Height;
            codec.Dispose();
            throw new ImageDecodeException(
                $"{name}: {width} × {height} pixels are too many; {Array.MaxLength / DecodedImage.BytesPerPixel} fit. Scale the image down.");
        }

        return codec;
    }

    private static void ThrowUnlessComplete(SKCodecResult result, SKCodec codec, string name)
    {
        if (result == SKCodecResult.Success)
        {
            return;
        }

        string why = result == SKCodecResult.IncompleteInput
            ? "the file ends before the picture does"
            : $"its data is damaged ({result})";
        throw new ImageDecodeException(
            $"{name}: broken {codec.EncodedFormat} image of {codec.Info.Width} × {codec.Info.Height} pixels, {why}. Replace the file, or drop the row.");
    }

    private static string Beginning(ReadOnlySpan<byte> encoded)
    {
        ReadOnlySpan<byte> head = encoded[..Math.Min(encoded.Length, 12)];
        foreach (byte value in head)
        {
            if (value is < 0x20 or > 0x7e)
            {
                return Convert.ToHexString(head);
            }
        }

        return $"the text '{System.Text.Encoding.ASCII.GetString(head)}'";
    }
}
