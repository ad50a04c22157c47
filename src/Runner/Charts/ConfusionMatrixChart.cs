using System.Globalization;
using MLTransfer.Pipelines.Evaluation;
using SkiaSharp;

namespace MLTransfer.Runner.Charts;

/// <summary>
/// A confusion matrix as a picture: a row for each true class, a column for each predicted one. The shade of a cell is its share of the row; up to 40
/// classes the counts stand in the cells.
/// </summary>
/// <remarks>
/// Drawn with SkiaSharp, with a font of its own: chart libraries take the fonts of the system, and a container has none.
/// </remarks>
internal static class ConfusionMatrixChart
{
    private const int MostClassesWithCounts = 40;
    private const int LongestLabel = 28;
    private const float TextSize = 13;
    private const float Margin = 16;

    private static readonly SKColor Ink = new(0x22, 0x22, 0x22);
    private static readonly SKColor Grid = new(0xE4, 0xE4, 0xE4);
    private static readonly SKColor Right = new(0x1B, 0x6E, 0x3C);
    private static readonly SKColor Wrong = new(0xB3, 0x2D, 0x26);

    /// <summary>Writes a PNG.</summary>
    public static void Write(Stream file, ConfusionTable table)
    {
        using SKTypeface typeface = LoadFont();
        using var text = new SKPaint { Typeface = typeface, TextSize = TextSize, IsAntialias = true, Color = Ink };
        string[] labels = [.. table.Labels.Select(Shortened)];
        int classes = labels.Length;
        float cell = CellSize(table, text);
        float labelWidth = labels.Max(text.MeasureText);
        float left = Margin + TextSize * 2 + labelWidth + 8;
        float top = Margin + TextSize * 2 + labelWidth + 8;
        int width = (int)Math.Ceiling(left + classes * cell + Margin);
        int height = (int)Math.Ceiling(top + classes * cell + Margin);

        using SKSurface surface = SKSurface.Create(new SKImageInfo(width, height)) ?? throw new IOException($"No picture of {width} × {height} pixels can be made");
        SKCanvas canvas = surface.Canvas;
        canvas.Clear(SKColors.White);
        DrawCells(canvas, table, text, left, top, cell);
        DrawLabels(canvas, labels, text, left, top, cell);
        DrawTitles(canvas, text, left, top, classes * cell);

        using SKImage image = surface.Snapshot();
        using SKData png = image.Encode(SKEncodedImageFormat.Png, 100);
        png.SaveTo(file);
    }

    // Cells are as wide as the largest count needs, and at least as high as a label.
    private static float CellSize(ConfusionTable table, SKPaint text)
    {
        if (table.Labels.Count > MostClassesWithCounts)
            return TextSize + 3;
        long largest = table.Counts.Max(static row => row.Max());
        float number = text.MeasureText(largest.ToString(CultureInfo.InvariantCulture));
        return Math.Max(number + 10, table.Labels.Count <= 12 ? 44 : 26);
    }

    private static void DrawCells(SKCanvas canvas, ConfusionTable table, SKPaint text, float left, float top, float cell)
    {
        using var fill = new SKPaint { Style = SKPaintStyle.Fill };
        using var line = new SKPaint { Style = SKPaintStyle.Stroke, Color = Grid, StrokeWidth = 1 };
        using SKPaint number = text.Clone();
        number.TextAlign = SKTextAlign.Center;
        for (int row = 0; row < table.Labels.Count; row++)
        {
            long sum = table.Counts[row].Sum();
            for (int column = 0; column < table.Labels.Count; column++)
            {
                long count = table.Counts[row][column];
                var area = SKRect.Create(left + column * cell, top + row * cell, cell, cell);
                if (count > 0)
                {
                    // A single mistake among many rows stays visible.
                    double share = 0.12 + 0.88 * count / sum;
                    fill.Color = Blend(row == column ? Right : Wrong, share);
                    canvas.DrawRect(area, fill);
                    if (table.Labels.Count <= MostClassesWithCounts)
                    {
                        number.Color = share > 0.5 ? SKColors.White : Ink;
                        canvas.DrawText(count.ToString(CultureInfo.InvariantCulture), area.MidX, area.MidY + TextSize * 0.36f, number);
                    }
                }
                canvas.DrawRect(area, line);
            }
        }
    }

    private static void DrawLabels(SKCanvas canvas, string[] labels, SKPaint text, float left, float top, float cell)
    {
        using SKPaint rowText = text.Clone();
        rowText.TextAlign = SKTextAlign.Right;
        for (int i = 0; i < labels.Length; i++)
        {
            float middle = (i + 0.5f) * cell + TextSize * 0.36f;
            canvas.DrawText(labels[i], left - 6, top + middle, rowText);
            canvas.Save();
            canvas.Translate(left + middle, top - 6);
            canvas.RotateDegrees(-90);
            canvas.DrawText(labels[i], 0, 0, text);
            canvas.Restore();
        }
    }

    private static void DrawTitles(SKCanvas canvas, SKPaint text, float left, float top, float side)
    {
        using SKPaint title = text.Clone();
        title.TextAlign = SKTextAlign.Center;
        title.FakeBoldText = true;
        canvas.DrawText("predicted", left + side / 2, Margin + TextSize * 0.75f, title);
        canvas.Save();
        canvas.Translate(Margin + TextSize * 0.75f, top + side / 2);
        canvas.RotateDegrees(-90);
        canvas.DrawText("true", 0, 0, title);
        canvas.Restore();
    }

    private static SKColor Blend(SKColor color, double share)
    {
        byte Channel(byte value) => (byte)Math.Round(255 + (value - 255) * share);
        return new SKColor(Channel(color.Red), Channel(color.Green), Channel(color.Blue));
    }

    private static string Shortened(string label) => label.Length <= LongestLabel ? label : label[..(LongestLabel - 1)] + "…";

    private static SKTypeface LoadFont()
    {
        using Stream font = typeof(ConfusionMatrixChart).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        return SKTypeface.FromStream(font);
    }
}
