using SkiaSharp;

namespace MLTransfer.Models.Images;

/// <summary>The resizing of ML.NET 5.0's <c>ResizeImages</c>: the same calls to Skia with the same rounding of positions.</summary>
internal static class StockResize
{
    /// <summary>Gives the bitmap in a colour type that ML.NET's images have; the given one is disposed where it is not the same.</summary>
    public static SKBitmap ToColor(SKBitmap bitmap)
    {
        if (bitmap.ColorType is SKColorType.Bgra8888 or SKColorType.Rgba8888)
        {
            return bitmap;
        }

        using (bitmap)
        {
            return bitmap.Copy(SKColorType.Bgra8888);
        }
    }

    /// <summary>Resizes to exactly the given size.</summary>
    public static SKBitmap Resize(SKBitmap bitmap, int width, int height, StockResizing resizing)
    {
        if (resizing == StockResizing.Fill)
        {
            return bitmap.Resize(new SKSizeI(width, height), SKFilterQuality.None);
        }

        float widthRatio = (float)width / bitmap.Width, heightRatio = (float)height / bitmap.Height;
        bool fitsHeight = (heightRatio < widthRatio) == (resizing == StockResizing.IsoPad);
        float ratio = fitsHeight ? heightRatio : widthRatio;

        // Positions and sizes are cut to whole pixels, so a column or row at the far edge can stay black.
        int left = fitsHeight ? (int)((width - (bitmap.Width * ratio)) / 2) : 0;
        int top = fitsHeight ? 0 : (int)((height - (bitmap.Height * ratio)) / 2);
        int drawnWidth = (int)(bitmap.Width * ratio), drawnHeight = (int)(bitmap.Height * ratio);

        var resized = new SKBitmap(width, height, isOpaque: true);
        using var canvas = new SKCanvas(resized);
        using var paint = new SKPaint { FilterQuality = SKFilterQuality.High };
        canvas.DrawBitmap(
            bitmap, new SKRect(0, 0, bitmap.Width, bitmap.Height), new SKRect(left, top, left + drawnWidth, top + drawnHeight), paint);
        return resized;
    }
}
