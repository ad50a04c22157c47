using System.Runtime.InteropServices;
using SkiaSharp;

namespace MLTransfer.Models.Images;

/// <summary>Turns an image as its EXIF orientation asks (Exif 2.32, tag 0x0112, values 1 to 8).</summary>
internal static class ExifOrientation
{
    /// <summary>Returns the upright image; the given one is disposed where it is not the same.</summary>
    public static DecodedImage Apply(DecodedImage image, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or (< SKEncodedOrigin.TopLeft or > SKEncodedOrigin.LeftBottom))
        {
            return image;
        }

        bool transposed = origin >= SKEncodedOrigin.LeftTop;
        int width = transposed ? image.Height : image.Width;
        int height = transposed ? image.Width : image.Height;

        // Source position of the upright pixel (x, y): start + x · perX + y · perY.
        (int start, int perX, int perY) = Walk(origin, image.Width, image.Height);
        var upright = new DecodedImage(width, height);
        Span<uint> target = MemoryMarshal.Cast<byte, uint>(upright.Pixels);
        ReadOnlySpan<uint> source = MemoryMarshal.Cast<byte, uint>(image.Pixels);
        for (int y = 0; y < height; y++)
        {
            int position = start + (y * perY);
            foreach (ref uint pixel in target.Slice(y * width, width))
            {
                pixel = source[position];
                position += perX;
            }
        }

        image.Dispose();
        return upright;
    }

    // The names say where the first row and the first column of the stored image lie in the upright one.
    private static (int Start, int PerX, int PerY) Walk(SKEncodedOrigin origin, int width, int height) => origin switch
    {
        SKEncodedOrigin.TopRight => (width - 1, -1, width),
        SKEncodedOrigin.BottomRight => ((width * height) - 1, -1, -width),
        SKEncodedOrigin.BottomLeft => ((height - 1) * width, 1, -width),
        SKEncodedOrigin.LeftTop => (0, width, 1),
        SKEncodedOrigin.RightTop => ((height - 1) * width, -width, 1),
        SKEncodedOrigin.RightBottom => ((width * height) - 1, -width, -1),
        SKEncodedOrigin.LeftBottom => (width - 1, width, -1),
        _ => (0, 1, width),
    };
}
