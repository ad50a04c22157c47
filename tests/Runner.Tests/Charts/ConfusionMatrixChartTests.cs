using MLTransfer.Pipelines.Evaluation;
using MLTransfer.Runner.Charts;
using SkiaSharp;

namespace MLTransfer.Runner.Tests.Charts;

public class ConfusionMatrixChartTests
{
    [Fact]
    public void Write_RightAndWrongCells_AreGreenAndRed()
    {
        using SKBitmap picture = Draw(new ConfusionTable(["cat", "dog"], [[90L, 0L], [20L, 60L]]));

        int green = Count(picture, color => color.Green > color.Red + 40 && color.Green > color.Blue + 20);
        int red = Count(picture, color => color.Red > color.Green + 20 && color.Red > color.Blue + 20);
        Assert.InRange(green / (double)red, 1.5, 2.5); // two green cells, one red one, some of each under the numbers
    }

    [Theory]
    [InlineData(2)]
    [InlineData(40)]
    [InlineData(150)]
    public void Write_ManyClasses_GivesEachItsOwnCell(int classes)
    {
        string[] labels = [.. Enumerable.Range(0, classes).Select(index => $"class number {index}")];
        IReadOnlyList<long>[] counts = [.. Enumerable.Range(0, classes).Select(row => Enumerable.Range(0, classes).Select(column => row == column ? 5L : 0L).ToArray())];

        using SKBitmap picture = Draw(new ConfusionTable(labels, counts));

        // Text of 13 pixels stays apart when a cell is at least as high.
        Assert.InRange(picture.Width, classes * 14, (classes * 60) + 600);
        Assert.Equal(picture.Width, picture.Height);
    }

    [Fact]
    public void Write_ClassWithoutRows_IsWhite()
    {
        using SKBitmap picture = Draw(new ConfusionTable(["a", "b"], [[0L, 0L], [0L, 0L]]));

        Assert.Equal(0, Count(picture, color => color.Green > color.Red + 20 || color.Red > color.Green + 20));
    }

    [Fact]
    public void Write_Labels_AreDrawnWithoutFontsOfTheSystem()
    {
        using SKBitmap short1 = Draw(new ConfusionTable(["i", "l"], [[1L, 0L], [0L, 1L]]));
        using SKBitmap long1 = Draw(new ConfusionTable(["wwwwwwwwww", "mmmmmmmmmm"], [[1L, 0L], [0L, 1L]]));

        Assert.True(long1.Width > short1.Width + 60, "a long label needs room");
        Assert.True(Count(long1, IsInk) > Count(short1, IsInk) + 200, "a long label has more ink");

        static bool IsInk(SKColor color) => color is { Red: < 100, Green: < 100, Blue: < 100 };
    }

    private static SKBitmap Draw(ConfusionTable table)
    {
        using MemoryStream file = new();
        ConfusionMatrixChart.Write(file, table);
        return SKBitmap.Decode(file.ToArray());
    }

    private static int Count(SKBitmap picture, Func<SKColor, bool> isCounted) => picture.Pixels.Count(isCounted);
}
