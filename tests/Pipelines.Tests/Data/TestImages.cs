using SkiaSharp;

namespace MLTransfer.Pipelines.Tests.Data;

internal static class TestImages
{
    public static byte[] Png(byte gray = 128)
    {
        using var bitmap = new SKBitmap(4, 4);
        bitmap.Erase(new SKColor(gray, gray, gray));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
