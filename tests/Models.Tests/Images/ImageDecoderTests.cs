using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;
using SkiaSharp;

namespace MLTransfer.Models.Tests.Images;

public sealed class ImageDecoderTests
{
    [Fact]
    public void Decode_EmptyFile_NamesTheFile() => AssertRefused([], "0 bytes");

    [Fact]
    public void Decode_Text_ShowsWhatItBeginsWith() => AssertRefused("label,text\n1,hello"u8.ToArray(), "not a readable image");

    [Fact]
    public void Decode_OnlySignature_IsRefused() => AssertRefused([0xFF, 0xD8, 0xFF, 0xE0], "FFD8FFE0");

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Decode_AnyShorterFile_IsRefused(SKEncodedImageFormat format)
    {
        byte[] whole = Encode(format);

        // The last bytes may hold no pixels (a JPEG's end marker, a PNG's end chunk).
        for (int length = 1; length < whole.Length - 20; length += whole.Length / 40)
        {
            AssertRefused(whole[..length], "");
        }
    }

    [Fact]
    public void Decode_HalfAnInterlacedGif_IsRefused()
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(GoldenImages.Small, "palette.gif"));

        AssertRefused(whole[..(whole.Length / 2)], "");
    }

    [Fact]
    public void Decode_HiddenColours_AreKept()
    {
        using SKImage pixels = SKImage.FromPixelCopy(
            new SKImageInfo(2, 1, SKColorType.Rgba8888, SKAlphaType.Unpremul), [200, 100, 50, 0, 10, 20, 30, 128], rowBytes: 8);
        using SKData png = pixels.Encode(SKEncodedImageFormat.Png, 100);

        using DecodedImage image = ImageDecoder.Decode(png.ToArray(), "image", applyOrientation: false);

        Assert.Equal([200, 100, 50, 0, 10, 20, 30, 128], image.Pixels.ToArray());
    }

    [Fact]
    public void Decode_Bmp_IsRead()
    {
        // 2 × 1 pixels, 24 bits, bottom row first, blue-green-red, rows padded to 4 bytes.
        byte[] bmp =
        [
            0x42, 0x4D, 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0,
            40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            1, 2, 3, 4, 5, 6, 0, 0,
        ];

        using DecodedImage image = ImageDecoder.Decode(bmp, "image", applyOrientation: false);

        Assert.Equal([3, 2, 1, 255, 6, 5, 4, 255], image.Pixels.ToArray());
    }

    [Fact]
    public void Decode_ManyThreads_GiveTheSamePixels()
    {
        byte[] encoded = File.ReadAllBytes(Path.Combine(GoldenImages.Small, "lossless.webp"));
        using DecodedImage expected = ImageDecoder.Decode(encoded, "image", applyOrientation: true);
        byte[] pixels = expected.Pixels.ToArray();

        bool[] equal = new bool[64];
        Parallel.For(0, equal.Length, i =>
        {
            using DecodedImage image = ImageDecoder.Decode(encoded, "image", applyOrientation: true);
            equal[i] = image.Pixels.SequenceEqual(pixels);
        });

        Assert.DoesNotContain(false, equal);
    }

    private static byte[] Encode(SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(160, 120, isOpaque: true);
        var random = new Random(1);
        for (int i = 0; i < 160 * 120; i++)
        {
            bitmap.SetPixel(i % 160, i / 160, new SKColor((byte)(i % 160), (byte)(i / 160), (byte)random.Next(64)));
        }

        using SKData data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    private static void AssertRefused(byte[] encoded, string why)
    {
        var exception = Assert.Throws<ImageDecodeException>(() => ImageDecoder.Decode(encoded, "photos/a.jpg", applyOrientation: true));
        Assert.IsType<UserException>(exception, exactMatch: false);
        Assert.StartsWith("photos/a.jpg: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(why, exception.Message, StringComparison.Ordinal);

        // The stock chain would take half a picture; we do not train on it either.
        Assert.Throws<ImageDecodeException>(() => ImageDecoder.DecodeBitmap(encoded, "photos/a.jpg").Dispose());
    }
}
