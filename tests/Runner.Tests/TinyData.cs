using SkiaSharp;

namespace MLTransfer.Runner.Tests;

/// <summary>Data that a classifier learns from a few rows.</summary>
internal static class TinyData
{
    private static readonly (string Name, SKColor Color)[] Colors = [("blue", SKColors.Blue), ("green", SKColors.Green), ("red", SKColors.Red)];

    /// <summary>The classes of <see cref="WriteImages"/>.</summary>
    public static IReadOnlyList<string> Classes { get; } = [.. Colors.Select(static color => color.Name)];

    /// <summary>Writes class folders of plain pictures, each in a slightly different colour.</summary>
    public static void WriteImages(TemporaryFolder folder, string name, int perClass, int classes = 3)
    {
        for (int c = 0; c < classes; c++)
        {
            for (int i = 0; i < perClass; i++)
                folder.Write($"{name}/{Colors[c].Name}/{i:00}.png", Picture(Colors[c].Color, shade: i));
        }
    }

    /// <summary>A table with a label and a text; the words tell the label.</summary>
    public static string Texts(int perClass, string header = "Label,Text")
    {
        string[] words = ["great film", "lovely story", "wonderful cast", "bad film", "boring story", "terrible cast"];
        IEnumerable<string> rows = Enumerable.Range(0, perClass * 2).Select(row => row % 2 == 0
            ? $"good,a {words[row / 2 % 3]} number {row}"
            : $"bad,a {words[3 + (row / 2 % 3)]} number {row}");
        return string.Join('\n', [header, .. rows]) + "\n";
    }

    /// <summary>A PNG of one colour.</summary>
    public static byte[] Picture(SKColor color, int shade = 0, SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        using SKBitmap bitmap = new(24, 24);
        bitmap.Erase(new SKColor((byte)(color.Red * (100 - shade) / 100), (byte)(color.Green * (100 - shade) / 100), (byte)(color.Blue * (100 - shade) / 100)));
        bitmap.SetPixel(shade % 24, 3, SKColors.White); // no two files are equal
        using SKData data = bitmap.Encode(format, 90);
        return data.ToArray();
    }
}
